# NVIDIA's management library cannot be installed where there is no device of theirs: a double of
# its C interface, which the room loads by path as it would the real one.
if(TARGET test_sense)
  add_library(fake_nvml SHARED ${CMAKE_CURRENT_LIST_DIR}/fake_nvml/fake_nvml.cpp)
  target_link_libraries(fake_nvml PRIVATE weir_options)
  add_dependencies(test_sense fake_nvml)
  target_compile_definitions(test_sense PRIVATE WEIR_FAKE_NVML="$<TARGET_FILE:fake_nvml>")
endif()
