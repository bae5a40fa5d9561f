# Warnings, sanitizers and include path shared by every target of ours.
add_library(sweepformer_options INTERFACE)
target_include_directories(sweepformer_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(sweepformer_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # "text" + std::string: a false alarm of GCC 12 (its bug 105651).
  target_compile_options(sweepformer_options INTERFACE -Wno-restrict)
endif()
if(SWEEPFORMER_STRICT)
  target_compile_options(sweepformer_options INTERFACE -Werror)
endif()
if(SWEEPFORMER_SANITIZE)
  set(flags -fsanitize=${SWEEPFORMER_SANITIZE} -fno-omit-frame-pointer)
  target_compile_options(sweepformer_options INTERFACE ${flags})
  target_link_options(sweepformer_options INTERFACE ${flags})
endif()

# sweepformer_library(NAME SOURCES... [DEPENDS targets...]): target sweepformer_NAME, alias sweepformer::NAME.
function(sweepformer_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(sweepformer_${name} STATIC ${arg_SOURCES})
  add_library(sweepformer::${name} ALIAS sweepformer_${name})
  target_link_libraries(sweepformer_${name} PUBLIC sweepformer_options ${arg_DEPENDS})
endfunction()

# sweepformer_test(NAME SOURCES... DEPENDS targets... [SERIAL]): executable NAME_test, its cases known to ctest; SERIAL: with
# no other case beside them.
function(sweepformer_test name)
  if(NOT SWEEPFORMER_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(arg "SERIAL" "" "SOURCES;DEPENDS;DEFINITIONS" ${ARGN})
  add_executable(${name}_test ${arg_SOURCES})
  target_link_libraries(${name}_test PRIVATE sweepformer_test_main ${arg_DEPENDS})
  target_compile_definitions(${name}_test PRIVATE
    SWEEPFORMER_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
    SWEEPFORMER_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}" ${arg_DEFINITIONS})
  catch_discover_tests(${name}_test TEST_PREFIX "${name}: " DISCOVERY_MODE PRE_TEST
    PROPERTIES TIMEOUT 600 RUN_SERIAL ${arg_SERIAL})
endfunction()
