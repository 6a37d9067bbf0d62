// The version of this program, as CMakeLists.txt has it.
#pragma once

namespace weir::app {

#ifndef WEIR_VERSION
#error "the build says which version this is"
#endif
inline constexpr const char* version = WEIR_VERSION;

}  // namespace weir::app
