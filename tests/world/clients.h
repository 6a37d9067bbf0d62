// People with jobs: they submit, cancel, hold, release and change, at moments of their own, and ask
// again under the same key where no answer came.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/random.h"
#include "model/input.h"
#include "tests/world/agenda.h"
#include "tests/world/bytes.h"
#include "tests/world/checkers.h"
#include "tests/world/network.h"
#include "tests/world/server.h"

namespace weir::world {

class Clients {
 public:
  Clients(Agenda& agenda, base::Random random, Network& network, Server& server, Checkers& checkers,
          Bytes& bytes)
      : agenda_(agenda),
        random_(random),
        network_(network),
        server_(server),
        checkers_(checkers),
        bytes_(bytes) {}

  // Plans `wishes` wishes within `span` from now.
  void plan(std::uint32_t wishes, base::Duration span);
  // Lets go of everything that is held, and sees to it that data can move. Asked again until it is
  // so.
  void calm_down();
  // Every submission with a key has its answer.
  [[nodiscard]] bool answered() const { return unanswered_ == 0; }

 private:
  // A submission under way; kept by everybody who may still answer it.
  struct Submission {
    model::SubmitJobs input;
    bool done = false;
  };
  void wish();
  void submit();
  void send(const std::shared_ptr<Submission>& submission);
  void steer();
  [[nodiscard]] model::Input power();
  [[nodiscard]] model::Input data();
  [[nodiscard]] model::Input links();
  [[nodiscard]] model::JobSpec some_job_spec();
  [[nodiscard]] model::Principal somebody();
  [[nodiscard]] model::JobId some_job();

  Agenda& agenda_;
  base::Random random_;
  Network& network_;
  Server& server_;
  Checkers& checkers_;
  Bytes& bytes_;
  std::vector<model::SubmitJobs> with_key_;  // to be said again later
  std::uint64_t keys_ = 0;
  std::uint64_t datasets_ = 0;
  std::uint32_t unanswered_ = 0;
  std::uint64_t highest_job_ = 0;
};

}  // namespace weir::world
