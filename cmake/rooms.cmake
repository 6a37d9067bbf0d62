# weir_room(NAME FLOOR n [LINK lib...]): one folder under src/ as one static library weir_NAME.
#
# Every *.cpp of the folder (and its sub-folders, unless a sub-folder is a program of its own:
# a folder with a main.cpp is left out) belongs to it. The floors given here are the only list of
# floors: scripts/check_layers reads this file and holds every #include against it.
function(weir_room name)
  cmake_parse_arguments(ROOM "" "FLOOR" "LINK" ${ARGN})
  if(NOT IS_DIRECTORY ${PROJECT_SOURCE_DIR}/src/${name})
    return()
  endif()
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)
  file(GLOB_RECURSE mains CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/main.cpp)
  foreach(main ${mains})
    get_filename_component(folder ${main} DIRECTORY)
    list(FILTER sources EXCLUDE REGEX "^${folder}/")
  endforeach()
  if(sources)
    add_library(weir_${name} STATIC ${sources})
    target_link_libraries(weir_${name} PUBLIC weir_options ${ROOM_LINK})
  else()
    add_library(weir_${name} INTERFACE)
    target_link_libraries(weir_${name} INTERFACE weir_options ${ROOM_LINK})
  endif()
endfunction()

# weir_tests(NAME LINK lib...): every tests/NAME/*_test.cpp as one GoogleTest program.
function(weir_tests name)
  cmake_parse_arguments(TESTS "" "" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${name}/*_test.cpp)
  if(NOT sources)
    return()
  endif()
  file(GLOB support CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${name}/support/*.cpp)
  add_executable(test_${name} ${sources} ${support})
  target_include_directories(test_${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_definitions(test_${name} PRIVATE WEIR_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
                                                  WEIR_BINARY_DIR="${PROJECT_BINARY_DIR}")
  target_link_libraries(test_${name} PRIVATE ${TESTS_LINK} GTest::gtest_main rapidcheck)
  add_test(NAME ${name} COMMAND test_${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 1200)
endfunction()
