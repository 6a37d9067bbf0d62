# Bounds by linear programming.
target_link_libraries(test_schedule PRIVATE PkgConfig::clp)
