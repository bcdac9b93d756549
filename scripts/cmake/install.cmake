# make install: programs, libduckdb.so beside them, the manual, completions and the documents.

include(GNUInstallDirs)

get_property(commands GLOBAL PROPERTY OBS_COMMANDS)
if(commands)
  install(TARGETS ${commands} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

# Programs look for it in ../lib/obs, so not the multi-arch folder.
install(FILES ${OBS_DUCKDB_SO} DESTINATION lib/obs)

foreach(section 1 5 7)
  file(GLOB pages CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/man/*.${section})
  install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()

# Completions come from each program's --help, so they are made when it is.
find_program(OBS_NODE NAMES node nodejs REQUIRED)
set(completions)
function(obs_completion command shell file folder)
  set(output ${CMAKE_BINARY_DIR}/completions/${shell}/${file})
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/completions/${shell}
    COMMAND ${OBS_NODE} ${CMAKE_SOURCE_DIR}/scripts/completion ${shell} $<TARGET_FILE:${command}> > ${output}
    DEPENDS ${command} ${CMAKE_SOURCE_DIR}/scripts/completion
    COMMENT "Completing ${command} in ${shell}"
    VERBATIM)
  install(FILES ${output} DESTINATION ${folder})
  set(completions ${completions} ${output} PARENT_SCOPE)
endfunction()
foreach(command ${commands})
  obs_completion(${command} bash ${command} ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  obs_completion(${command} zsh _${command} ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  obs_completion(${command} fish ${command}.fish ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endforeach()
add_custom_target(completions DEPENDS ${completions})

# What `make`, `make run` and `make install` need; the tests are built when they are run.
add_custom_target(programs DEPENDS ${commands} completions)

install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY sdk/proto DESTINATION ${CMAKE_INSTALL_DATADIR}/obs)
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR})
