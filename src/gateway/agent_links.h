// The agents that are connected: what changes in what is wanted of them goes out here, and
// questions that only they can answer (logs of their site) go out and come back.
//
// An agent holds one stream open, as a site is dialled from the inside only. Whatever is lost with
// a stream costs time and nothing else: the agent asks for the whole when it connects again.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "gateway/core.h"
#include "gateway/follower.h"
#include "model/agent_talk.h"
#include "model/effect.h"
#include "model/fact.h"

namespace weir::gateway {

// Secrets in wishes, sealed anew so that only the agent with this key opens them: hexadecimal of a
// sealed box (libsodium) for its X25519 public key, hexadecimal too.
// Fails: invalid, that is no such key; what `core` says where a secret cannot be opened.
[[nodiscard]] base::Status seal_for(Core& core, const std::string& public_key,
                                    std::vector<model::AttemptWish>& wishes);

// One agent's stream.
class AgentSession final : public Session {
 public:
  AgentSession(http::StreamWriter writer, Core& core, std::string seal_key)
      : Session(std::move(writer)), core_(core), seal_key_(std::move(seal_key)) {}

  // Any thread. False: it is not read, and too much waits already.
  bool push(model::ChangeWanted change);
  bool push(const model::LogQuestion& question);
  Pumped pump() override;

 private:
  static constexpr std::size_t waiting_max = 10'000;

  Core& core_;
  const std::string seal_key_;
  std::mutex mutex_;
  std::deque<model::ChangeWanted> changes_;
  std::deque<model::LogQuestion> questions_;
};

class AgentLinks {
 public:
  explicit AgentLinks(std::shared_ptr<Bell> bell) : bell_(std::move(bell)) {}

  // Learns the sites' names.
  void set(model::SiteId id, const std::string& name);
  void take(const model::Fact& fact);

  // The stream of a site's agent from now on; the one before is closed.
  void connect(const std::string& site, std::shared_ptr<AgentSession> session);
  // Commit thread: quick.
  void wanted_changed(model::ChangeWanted change);

  // Asks the site's agent and waits for its answer. Fails: unavailable, it is not connected or
  // does not answer in time; what the agent says.
  [[nodiscard]] base::Result<backend::LogChunk> ask(const std::string& site,
                                                    model::LogQuestion question);
  // Its answer. One to a question that was not put to this site changes nothing.
  void answered(const std::string& site, std::uint64_t question,
                base::Result<backend::LogChunk> answer);
  // Ends all streams; who waits hears `unavailable`.
  void stop();

 private:
  static constexpr std::size_t questions_max = 64;  // of one site at a time

  struct Question {
    std::string site;
    std::optional<base::Result<backend::LogChunk>> answer;
  };
  std::shared_ptr<Bell> bell_;
  std::mutex mutex_;
  std::condition_variable answered_;
  std::map<model::SiteId, std::string> names_;
  std::map<std::string, std::shared_ptr<AgentSession>> sessions_;
  std::map<std::uint64_t, Question> questions_;
  std::uint64_t last_question_ = 0;
  bool stopping_ = false;
};

}  // namespace weir::gateway
