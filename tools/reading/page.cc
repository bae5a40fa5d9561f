#include "tools/reading/page.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "orchestrator/core/value.h"

namespace sweepformer {
namespace {

/// The locale's character set is what follows the dot, as in de_DE.UTF-8@euro.
bool IsUtf8Locale(std::string_view locale) {
  const std::size_t dot = locale.find('.');
  if (dot == std::string_view::npos) return false;
  const std::string_view set = locale.substr(dot + 1, locale.find('@') - dot - 1);
  return SameName(set, "UTF-8") || SameName(set, "utf8");
}

/// Of these, the first that is set decides, as in setlocale(3).
bool WantsUnicode() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* locale = std::getenv(name);
    if (locale && *locale) return IsUtf8Locale(locale);
  }
  return false;
}

}  // namespace

Page OutputPage() {
  Page page;
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) page.columns = size.ws_col;
  page.unicode = WantsUnicode();
  return page;
}

}  // namespace sweepformer
