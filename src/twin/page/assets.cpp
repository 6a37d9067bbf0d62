#include "twin/page/assets.h"

// The assembler takes the files in as they are: a megabyte of script is no food for a compiler.
// The build gives their paths, and knows that this file depends on them (assets.cmake).
// NOLINTBEGIN(hicpp-no-assembler): there is no #embed before C23
#define WEIR_ASSET(name, path)                  \
  __asm__(                                      \
      ".pushsection .rodata\n"                  \
      ".globl weir_page_" #name                 \
      "_begin\n"                                \
      ".globl weir_page_" #name                 \
      "_end\n"                                  \
      "weir_page_" #name                        \
      "_begin:\n"                               \
      ".incbin \"" path                         \
      "\"\n"                                    \
      "weir_page_" #name                        \
      "_end:\n"                                 \
      ".byte 0\n"                               \
      ".popsection\n");                         \
  extern "C" {                                  \
  extern const char weir_page_##name##_begin[]; \
  extern const char weir_page_##name##_end[];   \
  }
// NOLINTEND(hicpp-no-assembler)

WEIR_ASSET(template, WEIR_PAGE_TEMPLATE)
WEIR_ASSET(style, WEIR_PAGE_STYLE)
WEIR_ASSET(script, WEIR_PAGE_SCRIPT)
WEIR_ASSET(charts, WEIR_PAGE_CHARTS)

namespace weir::twin::page {

namespace {

std::string_view between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

std::string_view page_template() {
  return between(weir_page_template_begin, weir_page_template_end);
}
std::string_view page_style() { return between(weir_page_style_begin, weir_page_style_end); }
std::string_view page_script() { return between(weir_page_script_begin, weir_page_script_end); }
std::string_view charts_script() { return between(weir_page_charts_begin, weir_page_charts_end); }

}  // namespace weir::twin::page
