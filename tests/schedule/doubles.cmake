# Bounds by linear programming, of which only tests know.
pkg_check_modules(clp REQUIRED IMPORTED_TARGET clp)
target_link_libraries(test_schedule PRIVATE PkgConfig::clp)
