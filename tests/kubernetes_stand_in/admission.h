// What a kube-apiserver does to an object before it keeps it: defaults, and refusals.
#pragma once

#include "tests/kubernetes_stand_in/objects.h"

namespace weir::kubernetes_stand_in {

// Completes an object that is to be created, and drops fields that version 1.`minor` does not know.
// Throws Refused: 400, it cannot be read as its kind; 422, a value is wrong.
void admit_new(const Resource& resource, json::object& object, int minor);

// Throws Refused: 422, a change of what may not change.
void admit_update(const Resource& resource, const json::object& before, const json::object& after);

}  // namespace weir::kubernetes_stand_in
