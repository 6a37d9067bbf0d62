# Compiles device_resources.csv into the room, so that the program needs no file beside it.
if(TARGET weir_backend)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
    ${CMAKE_CURRENT_LIST_DIR}/device_resources.csv)
  file(READ ${CMAKE_CURRENT_LIST_DIR}/device_resources.csv WEIR_DEVICE_RESOURCES)
  configure_file(${CMAKE_CURRENT_LIST_DIR}/device_resource_table.cpp.in
    ${PROJECT_BINARY_DIR}/generated/backend/device_resource_table.cpp @ONLY)
  target_sources(weir_backend PRIVATE
    ${PROJECT_BINARY_DIR}/generated/backend/device_resource_table.cpp)
endif()
