#pragma once

namespace sweepformer {

/// What a worker that serves does: answers the requests that come in on standard input, a
/// SOCK_SEQPACKET socket (PROTOCOL.md, "Serving"), with a process each. Returns true in such a
/// process, which then is as if it had been started with --run, and false in the server once the
/// other end is closed. Needs to be called before any other thread exists.
bool ForkOnRequest();

}  // namespace sweepformer
