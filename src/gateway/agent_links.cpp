#include "gateway/agent_links.h"

#include <sodium.h>

#include <algorithm>

#include "base/hash.h"
#include "base/json.h"
#include "http/event_stream.h"

namespace weir::gateway {

using base::ErrorCode;

namespace {

// A site answers within a round trip; who reads its logs waits no longer than is bearable.
constexpr auto answer_within = std::chrono::seconds(5);

tl::unexpected<base::Error> not_connected(const std::string& site) {
  return base::fail(ErrorCode::unavailable, "site `" + site + "` is not connected now", "",
                    "its logs are kept there, and can be read once it is back");
}

std::string to_hex(const std::string& bytes) {
  return base::to_hex(std::as_bytes(std::span(bytes.data(), bytes.size())));
}

}  // namespace

base::Status seal_for(Core& core, const std::string& public_key,
                      std::vector<model::AttemptWish>& wishes) {
  const auto key = base::from_hex(public_key);
  if (!key || key->size() != crypto_box_PUBLICKEYBYTES) {
    return base::fail(ErrorCode::invalid, "is no X25519 key in hexadecimal", "seal_key");
  }
  for (model::AttemptWish& wish : wishes) {
    for (auto& [name, sealed] : wish.sealed_secrets) {
      std::string clear = WEIR_TRY(core.unseal(sealed));
      std::string box(crypto_box_SEALBYTES + clear.size(), '\0');
      crypto_box_seal(reinterpret_cast<unsigned char*>(box.data()),
                      reinterpret_cast<const unsigned char*>(clear.data()), clear.size(),
                      reinterpret_cast<const unsigned char*>(key->data()));
      sodium_memzero(clear.data(), clear.size());
      sealed = to_hex(box);
    }
  }
  return {};
}

bool AgentSession::push(model::ChangeWanted change) {
  const std::scoped_lock lock(mutex_);
  if (changes_.size() >= waiting_max) return false;
  changes_.push_back(std::move(change));
  return true;
}

bool AgentSession::push(const model::LogQuestion& question) {
  const std::scoped_lock lock(mutex_);
  if (questions_.size() >= waiting_max) return false;
  questions_.push_back(question);
  return true;
}

Session::Pumped AgentSession::pump() {
  while (writer_.is_open() && writer_.queued_bytes() < Follower::queued_bytes_max) {
    std::optional<model::LogQuestion> question;
    std::optional<model::ChangeWanted> change;
    {
      const std::scoped_lock lock(mutex_);
      if (!questions_.empty()) {
        question = questions_.front();
        questions_.pop_front();
      } else if (!changes_.empty()) {
        change = std::move(changes_.front());
        changes_.pop_front();
      } else {
        return Pumped::idle;
      }
    }
    if (question) {
      writer_.write(http::format_event({{}, "log", base::to_json(*question), {}}));
      continue;
    }
    // What cannot be sealed is left out: the agent sees the gap, and asks for the whole.
    if (!seal_for(core_, seal_key_, change->wishes)) continue;
    writer_.write(http::format_event({{}, "changed", base::to_json(*change), {}}));
  }
  return writer_.is_open() ? Pumped::idle : Pumped::over;
}

void AgentLinks::set(model::SiteId id, const std::string& name) {
  const std::scoped_lock lock(mutex_);
  names_[id] = name;
}

void AgentLinks::take(const model::Fact& fact) {
  if (const auto* joined = std::get_if<model::SiteJoined>(&fact)) set(joined->site, joined->name);
  // Who speaks for a site no longer hears nothing more of it either.
  if (const auto* access = std::get_if<model::SiteAccessSet>(&fact)) {
    if (!access->access.key.empty()) return;
    const std::scoped_lock lock(mutex_);
    const auto at = sessions_.find(access->access.site);
    if (at == sessions_.end()) return;
    at->second->writer().close();
    sessions_.erase(at);
  }
}

void AgentLinks::connect(const std::string& site, std::shared_ptr<AgentSession> session) {
  const std::scoped_lock lock(mutex_);
  std::shared_ptr<AgentSession>& known = sessions_[site];
  if (known) known->writer().close();
  known = std::move(session);
  if (stopping_) known->writer().close();
}

void AgentLinks::wanted_changed(model::ChangeWanted change) {
  const std::scoped_lock lock(mutex_);
  const auto name = names_.find(change.site);
  if (name == names_.end()) return;
  const auto at = sessions_.find(name->second);
  if (at == sessions_.end()) return;
  if (at->second->push(std::move(change))) return bell_->ring();
  at->second->writer().close();
  sessions_.erase(at);
}

base::Result<backend::LogChunk> AgentLinks::ask(const std::string& site,
                                                model::LogQuestion question) {
  std::unique_lock lock(mutex_);
  const auto at = sessions_.find(site);
  if (stopping_ || at == sessions_.end() || !at->second->writer().is_open()) {
    return not_connected(site);
  }
  const auto of_site = [&](const auto& each) { return each.second.site == site; };
  if (static_cast<std::size_t>(std::count_if(questions_.begin(), questions_.end(), of_site)) >=
      questions_max) {
    return base::fail(ErrorCode::unavailable, "site `" + site + "` is asked too much at once");
  }
  question.id = ++last_question_;
  questions_[question.id].site = site;
  if (at->second->push(question)) bell_->ring();
  Question& mine = questions_.at(question.id);
  answered_.wait_for(lock, answer_within, [&] { return mine.answer || stopping_; });
  std::optional<base::Result<backend::LogChunk>> answer = std::move(mine.answer);
  questions_.erase(question.id);
  if (answer) return *std::move(answer);
  // One that does not answer is not asked again until it connects anew: nobody waits for it twice.
  const auto still = sessions_.find(site);
  if (still != sessions_.end()) {
    still->second->writer().close();
    sessions_.erase(still);
  }
  return base::fail(ErrorCode::unavailable, "site `" + site + "` does not answer");
}

void AgentLinks::answered(const std::string& site, std::uint64_t question,
                          base::Result<backend::LogChunk> answer) {
  const std::scoped_lock lock(mutex_);
  const auto at = questions_.find(question);
  if (at == questions_.end() || at->second.site != site) return;
  at->second.answer = std::move(answer);
  answered_.notify_all();
}

void AgentLinks::stop() {
  const std::scoped_lock lock(mutex_);
  stopping_ = true;
  for (const auto& [site, session] : sessions_) session->writer().close();
  sessions_.clear();
  answered_.notify_all();
}

}  // namespace weir::gateway
