// Routes: what agents of sites ask, and say.
#include <sys/stat.h>

#include <charconv>

#include "engine/wishes.h"
#include "gateway/blobs.h"
#include "gateway/call.h"
#include "gateway/routes.h"
#include "gateway/services.h"
#include "gateway/token_book.h"
#include "identity/authority.h"
#include "identity/certificate.h"
#include "model/agent_talk.h"

namespace weir::gateway {
namespace {

using base::ErrorCode;
using base::Status;
using CallPointer = std::shared_ptr<Call>;

constexpr std::uint64_t join_bytes_max = 64U << 20U;
constexpr std::uint64_t report_bytes_max = 16U << 20U;
constexpr std::uint64_t answer_bytes_max = 1U << 20U;

base::Error no_agents() {
  return {ErrorCode::unavailable,
          "this server takes no agents",
          "",
          "weir serve --agents ADDRESS:PORT",
          {}};
}

// ---- who it is

// Certifies the key for whoever the engine has admitted, and answers.
void send_enrolment(Services& services, const CallPointer& call, const std::string& request,
                    const model::SiteAccess& access) {
  const Certifier& house = *services.options.agents;
  const std::string id = identity::agent_id(access.trust_domain, access.site);
  const auto certificate = house.certify(request, id);
  if (!certificate) return call->fail(certificate.error());
  const model::Enrolment enrolment{access.site,  access.trust_domain, house.control_plane,
                                   *certificate, house.authority,     access.lease};
  call->send_json(200, base::to_json(enrolment), {{"Cache-Control", "no-store"}});
}

Status enrol(Services& services, const CallPointer& call) {
  const auto order = call->read_body<model::EnrolOrder>();
  if (!order) return {};
  if (!services.options.agents) return base::fail(no_agents());
  const std::string key = WEIR_TRY(identity::key_of_request(order->request));
  model::AdmitAgent input{TokenBook::hash_of(order->token), key,
                          services.options.agents->certified_until()};
  services.core.submit(std::move(input),
                       [&services, call, request = order->request](const engine::Reply& reply) {
                         if (reply.error) return call->fail(*reply.error);
                         send_enrolment(services, call, request, reply.access);
                       });
  return {};
}

Status renew(Services& services, const CallPointer& call) {
  const auto order = call->read_body<model::RenewOrder>();
  if (!order) return {};
  const std::string key = WEIR_TRY(identity::key_of_request(order->request));
  model::RenewAgent input{call->agent.site, call->agent.key, key,
                          services.options.agents->certified_until()};
  services.core.submit(std::move(input),
                       [&services, call, request = order->request](const engine::Reply& reply) {
                         if (reply.error) return call->fail(*reply.error);
                         send_enrolment(services, call, request, reply.access);
                       });
  return {};
}

// ---- what it says

void submit_for_agent(Services& services, const CallPointer& call, model::Input input) {
  services.core.submit(std::move(input), [call](const engine::Reply& reply) {
    if (reply.error) return call->fail(*reply.error);
    call->send_json(200, base::to_json(model::AgentReply{reply.epoch, reply.wanted_version}));
  });
}

Status join(Services& services, const CallPointer& call) {
  auto order = call->read_body<model::JoinOrder>();
  if (!order) return {};
  submit_for_agent(services, call, model::JoinSite{call->agent.site, std::move(order->nodes)});
  return {};
}

Status report(Services& services, const CallPointer& call) {
  auto told = call->read_body<model::ReportSite>();
  if (!told) return {};
  if (told->site != call->agent.site) {
    return base::fail(
        ErrorCode::forbidden,
        "the agent of `" + call->agent.site + "` does not speak for `" + told->site + "`", "site");
  }
  submit_for_agent(services, call, *std::move(told));
  return {};
}

// ---- what it asks

Status read_wanted(Services& services, const CallPointer& call) {
  auto wanted = std::make_shared<std::optional<model::WantedState>>();
  services.core.ask(
      [wanted, site = call->agent.site](const engine::Engine& engine, base::Time) {
        const auto id = engine.index().site_by_name.find(site);
        if (id != engine.index().site_by_name.end()) {
          *wanted = engine::wanted_state(engine.state(), id->second);
        }
      },
      [&services, call, wanted] {
        if (!*wanted) {
          return call->fail({ErrorCode::conflict, "the site has not joined yet", "", "", {}});
        }
        const Status sealed =
            seal_for(services.core, std::string(call->text("seal_key")), (*wanted)->wishes);
        if (!sealed) return call->fail(sealed.error());
        call->send_json(200, base::to_json(**wanted), {{"Cache-Control", "no-store"}});
      });
  return {};
}

Status hear_messages(Services& services, const CallPointer& call) {
  std::vector<model::AttemptWish> none;
  const std::string key(call->text("seal_key"));
  WEIR_TRY_STATUS(seal_for(services.core, key, none));
  const auto session = std::make_shared<AgentSession>(call->stream_events(), services.core, key);
  services.agent_links.connect(call->agent.site, session);
  services.agent_streams.follow_job(model::JobId{}, session);
  return {};
}

Status take_answer(Services& services, const CallPointer& call) {
  const std::string& text = call->path("id");
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size()) {
    return base::fail(ErrorCode::not_found, "there is no question `" + text + "`", "id");
  }
  const std::string trouble(call->text("trouble"));
  if (trouble.empty()) {
    services.agent_links.answered(
        call->agent.site, id,
        backend::LogChunk{std::move(call->request.body), call->whole("next_offset")});
  } else {
    services.agent_links.answered(call->agent.site, id,
                                  base::fail(ErrorCode::input_output, trouble));
  }
  call->send({204, "", {}, "", {}});
  return {};
}

// True if work that is wanted of the site now is to begin in this folder.
bool needs_blob(const engine::Engine& engine, const std::string& site, const std::string& tenant,
                const std::string& sha256) {
  const auto id = engine.index().site_by_name.find(site);
  if (id == engine.index().site_by_name.end()) return false;
  const model::WantedState wanted = engine::wanted_state(engine.state(), id->second);
  return std::any_of(wanted.wishes.begin(), wanted.wishes.end(), [&](const auto& wish) {
    return wish.tenant == tenant && wish.workdir == sha256;
  });
}

Status read_blob(Services& services, const CallPointer& call) {
  const std::string tenant(call->text("tenant"));
  const std::string name = call->path("sha256");
  auto needed = std::make_shared<bool>(false);
  services.core.ask(
      [needed, call, tenant, name](const engine::Engine& engine, base::Time) {
        *needed = needs_blob(engine, call->agent.site, tenant, name);
      },
      [&services, call, needed, tenant, name] {
        const std::string path = blob_path(services.options.data_folder, tenant, name);
        struct stat facts{};
        if (!*needed || !is_blob_name(name) || ::stat(path.c_str(), &facts) != 0) {
          return call->fail({ErrorCode::not_found,
                             "no work of `" + call->agent.site + "` begins in this folder",
                             "sha256",
                             "",
                             {}});
        }
        http::HttpResponse response{200, "application/zstd", {}, "", {}};
        response.file = http::FileSlice{path, 0, static_cast<std::uint64_t>(facts.st_size)};
        call->send(std::move(response));
      });
  return {};
}

// ---- the table

const Parameter seal_key{.name = "seal_key",
                         .kind = ParameterKind::text,
                         .summary =
                             "The agent's X25519 public key, in hexadecimal: secrets in what is "
                             "wanted are sealed for it.",
                         .most = 64};

Route of_agent(std::string_view method, std::string_view path, std::string_view operation,
               std::string_view summary, decltype(Route::handle) handle) {
  return {.method = method,
          .path = path,
          .operation = operation,
          .group = "Agents",
          .access = Access::site,
          .summary = summary,
          .handle = handle};
}

void add_identity(std::vector<Route>& routes) {
  Route route = of_agent(
      "POST", "/v1/agent/enrol", "enrolAgent",
      "A new agent shows its token and has its key certified. A token works once.", &enrol);
  route.access = Access::anybody;
  route.body = {.schema = &schema_text<model::EnrolOrder>,
                .types = {"application/json"},
                .bytes_max = 64U << 10U,
                .summary = "The token, and a request for a certificate (PKCS#10)."};
  route.reply = {.schema = &schema_text<model::Enrolment>, .summary = "Who it is from now on."};
  route.refusals = {401, 503};
  routes.push_back(route);

  route = of_agent("POST", "/v1/agent/renew", "renewAgent",
                   "Certifies the agent's key, or another, for longer.", &renew);
  route.body = {.schema = &schema_text<model::RenewOrder>,
                .types = {"application/json"},
                .bytes_max = 64U << 10U,
                .summary = "A request for a certificate (PKCS#10)."};
  route.reply = {.schema = &schema_text<model::Enrolment>, .summary = "As when it was enrolled."};
  routes.push_back(route);
}

void add_talk(std::vector<Route>& routes) {
  Route route = of_agent("POST", "/v1/agent/join", "joinSite",
                         "The agent speaks for its site from now on, in a new epoch.", &join);
  route.body = {.schema = &schema_text<model::JoinOrder>,
                .types = {"application/json"},
                .bytes_max = join_bytes_max,
                .summary = "The site's nodes, whole."};
  route.reply = {.schema = &schema_text<model::AgentReply>, .summary = "The epoch."};
  routes.push_back(route);

  route = of_agent("POST", "/v1/agent/reports", "reportSite", "What the agent sees.", &report);
  route.body = {.schema = &schema_text<model::ReportSite>,
                .types = {"application/json"},
                .bytes_max = report_bytes_max,
                .summary = "Attempts of which there is news; an end again until it is forgotten."};
  route.reply = {.schema = &schema_text<model::AgentReply>,
                 .summary = "The version of what is wanted of the site."};
  route.refusals = {404, 409};
  routes.push_back(route);

  route = of_agent("GET", "/v1/agent/wanted", "readWanted", "Everything the site should be doing.",
                   &read_wanted);
  route.query = {seal_key};
  route.reply = {.schema = &schema_text<model::WantedState>, .summary = "The wanted state."};
  route.refusals = {409};
  routes.push_back(route);

  route = of_agent("GET", "/v1/agent/messages", "hearMessages",
                   "A stream of what changes in what is wanted (`changed`), and of questions "
                   "(`log`).",
                   &hear_messages);
  route.query = {seal_key};
  route.reply = {.type = "text/event-stream", .summary = "Events until either side ends it."};
  routes.push_back(route);
}

}  // namespace

void add_agent_routes(std::vector<Route>& routes) {
  add_identity(routes);
  add_talk(routes);

  Route route =
      of_agent("POST", "/v1/agent/answers/{id}", "answerQuestion",
               "The answer to a question of the stream: the bytes of a log.", &take_answer);
  route.query = {{.name = "next_offset",
                  .kind = ParameterKind::whole,
                  .summary = "Where to read on.",
                  .default_value = "0"},
                 {.name = "trouble",
                  .kind = ParameterKind::text,
                  .summary = "Why it cannot be read.",
                  .most = 1000}};
  route.body = {.types = {"application/octet-stream"},
                .bytes_max = answer_bytes_max,
                .summary = "A piece of the log."};
  route.reply = {.status = 204, .type = "", .summary = "It was heard."};
  route.refusals = {404};
  routes.push_back(route);

  route = of_agent("GET", "/v1/agent/blobs/{sha256}", "readBlob",
                   "A packed work folder that work of the site begins in.", &read_blob);
  route.query = {
      {.name = "tenant", .kind = ParameterKind::text, .summary = "Whose it is.", .most = 255}};
  route.reply = {.type = "application/zstd", .summary = "The packed folder."};
  route.refusals = {404};
  routes.push_back(route);
}

}  // namespace weir::gateway
