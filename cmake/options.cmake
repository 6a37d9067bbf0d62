# Flags every target of the house is built with.
#
# -ffp-contract=off: both compilers fuse a*b+c where the machine has FMA; the same input must give
# the same digits everywhere, so they may not.
add_library(weir_options INTERFACE)
target_compile_features(weir_options INTERFACE cxx_std_20)
target_include_directories(weir_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_options(weir_options INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wformat=2 -Wimplicit-fallthrough -Werror
  -ffp-contract=off -fno-strict-aliasing
  # No path of the building machine in the programs, their messages or their debug information: a
  # compiled file is the same from any clone.
  -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports uninitialised and out-of-bounds uses inside inlined std::optional and
  # std::variant code that are not there (GCC bugs 105562, 105593, 107138).
  target_compile_options(weir_options INTERFACE -Wno-maybe-uninitialized -Wno-restrict)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # std::stable_sort of libstdc++ 12 uses std::get_temporary_buffer, which C++17 deprecates; clang
  # sees that through the macro that hides it. g++ still says where we use something deprecated.
  target_compile_options(weir_options INTERFACE -Wno-deprecated-declarations)
endif()

set(WEIR_SANITIZE "" CACHE STRING "Sanitizers to build with, as -fsanitize takes them")

# Hardening flags of the OpenSSF C/C++ guide, each used only if this compiler takes it.
include(CheckCXXCompilerFlag)
include(CheckLinkerFlag)
option(WEIR_HARDENING "Compile with the hardening flags of the OpenSSF C/C++ guide" ON)
if(WEIR_HARDENING)
  foreach(flag
      -fstack-protector-strong -fstack-clash-protection -fcf-protection=full
      -mbranch-protection=standard -ftrivial-auto-var-init=zero -fno-delete-null-pointer-checks)
    # With the sanitizers g++ 12 takes its own zeroing for a use of something uninitialised, in
    # every fmt::format of a number.
    if(WEIR_SANITIZE AND flag STREQUAL "-ftrivial-auto-var-init=zero")
      continue()
    endif()
    string(MAKE_C_IDENTIFIER "WEIR_HAS${flag}" has_flag)
    check_cxx_compiler_flag(${flag} ${has_flag})
    if(${has_flag})
      target_compile_options(weir_options INTERFACE ${flag})
    endif()
  endforeach()
  foreach(flag -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
    string(MAKE_C_IDENTIFIER "WEIR_LINKS${flag}" has_flag)
    check_linker_flag(CXX ${flag} ${has_flag})
    if(${has_flag})
      target_link_options(weir_options INTERFACE ${flag})
    endif()
  endforeach()
  # Fortified libc calls need optimisation and fight with the sanitizers' own interception.
  if(NOT WEIR_SANITIZE)
    target_compile_definitions(weir_options INTERFACE
      $<$<CONFIG:Release,RelWithDebInfo>:_FORTIFY_SOURCE=3>)
  endif()
  target_compile_definitions(weir_options INTERFACE _GLIBCXX_ASSERTIONS)
endif()

if(WEIR_SANITIZE)
  target_compile_options(weir_options INTERFACE
    -fsanitize=${WEIR_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(weir_options INTERFACE -fsanitize=${WEIR_SANITIZE})
  if(WEIR_SANITIZE MATCHES "thread")
    # ThreadSanitizer does not know fences. Asio has its own around each handler, beside the locks
    # that already order them.
    target_compile_definitions(weir_options INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
  endif()
endif()

find_program(WEIR_CCACHE ccache)
if(WEIR_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${WEIR_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${WEIR_CCACHE})
endif()
