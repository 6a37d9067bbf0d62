// The files that the page is made of, compiled in.
#pragma once

#include <string_view>

namespace weir::twin::page {

[[nodiscard]] std::string_view page_template();  // page.html: "{{name}}" stands for a part
[[nodiscard]] std::string_view page_style();     // page.css
[[nodiscard]] std::string_view page_script();    // page.js
[[nodiscard]] std::string_view charts_script();  // Apache ECharts, from npm

}  // namespace weir::twin::page
