// The short forms of a job file's values: ranges, devices, arrays, notices.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/read.h"
#include "model/job_file.h"

namespace weir::model {

using base::Document;
using base::DocumentKind;
using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

// The scalar as written; lists and maps have none.
Result<std::string_view> scalar_text(const Document& document, std::string_view form) {
  switch (document.kind()) {
    case DocumentKind::list:
    case DocumentKind::map:
    case DocumentKind::null:
      return fail(ErrorCode::invalid, "is " + std::string(document.kind_name()), "",
                  "write it like " + std::string(form));
    default:
      return document.text();
  }
}

std::string string_schema(const std::string& description, const std::string& example) {
  return R"({"type":["string","integer"],"description":")" + description + R"(","examples":[")" +
         example + R"("]})";
}

std::string format_range(const base::Range& range, std::string (*format)(std::int64_t)) {
  std::string text = format(range.least);
  if (!range.most) return text + "+";
  if (*range.most != range.least) text += ".." + format(*range.most);
  return text;
}

std::string format_count(std::int64_t count) { return std::to_string(count); }
// Exact, unlike base::format_bytes: what is written must read as the same number.
std::string format_exact_bytes(std::int64_t bytes) { return std::to_string(bytes); }

template <typename Number>
bool read_whole(std::string_view text, Number& number) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return !text.empty() && error == std::errc() && stop == end;
}

struct Signal {
  std::string_view name;
  std::int32_t number;
};
// Linux on every architecture that Debian 12 runs Weir on numbers them so (signal(7)).
constexpr std::array signals{
    Signal{"HUP", 1},   Signal{"INT", 2},   Signal{"QUIT", 3},  Signal{"ILL", 4},
    Signal{"ABRT", 6},  Signal{"BUS", 7},   Signal{"FPE", 8},   Signal{"KILL", 9},
    Signal{"USR1", 10}, Signal{"SEGV", 11}, Signal{"USR2", 12}, Signal{"PIPE", 13},
    Signal{"ALRM", 14}, Signal{"TERM", 15}, Signal{"CHLD", 17}, Signal{"CONT", 18},
    Signal{"STOP", 19}, Signal{"TSTP", 20}, Signal{"XCPU", 24}, Signal{"XFSZ", 25}};

}  // namespace

std::optional<std::int32_t> signal_number(std::string_view name) {
  std::int32_t number = 0;
  if (read_whole(name, number)) {
    return number > 0 && number < 65 ? std::optional(number) : std::nullopt;
  }
  if (name.starts_with("SIG")) name.remove_prefix(3);
  for (const Signal& signal : signals) {
    if (signal.name == name) return signal.number;
  }
  return std::nullopt;
}

std::string signal_name(std::int32_t number) {
  for (const Signal& signal : signals) {
    if (signal.number == number) return "SIG" + std::string(signal.name);
  }
  return std::to_string(number);
}

Result<NotYet> read_value(const Document&, std::type_identity<NotYet>) {
  return fail(ErrorCode::refused, "not supported yet");
}
std::string text_of(const NotYet&) { return ""; }
std::string schema_of(std::type_identity<NotYet>) {
  return R"({"type":"null","description":"not supported yet"})";
}

Result<NamesForm> read_value(const Document& document, std::type_identity<NamesForm>) {
  if (document.is(DocumentKind::list)) {
    return NamesForm{WEIR_TRY(base::read_document<std::vector<std::string>>(document))};
  }
  // "north, west", as they are written back; "": none.
  std::string_view text = WEIR_TRY(scalar_text(document, "[north, west]"));
  NamesForm form;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view name = text.substr(0, comma);
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    form.names.emplace_back(name);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return form;
}
std::string text_of(const NamesForm& value) {
  std::string text;
  for (const std::string& name : value.names) text += (text.empty() ? "" : ", ") + name;
  return text;
}
std::string schema_of(std::type_identity<NamesForm>) {
  return R"({"oneOf":[{"type":"string"},{"type":"array","items":{"type":"string"}}]})";
}

Result<NodesForm> read_value(const Document& document, std::type_identity<NodesForm>) {
  const std::string_view text = WEIR_TRY(scalar_text(document, "4"));
  NodesForm form;
  const auto dots = text.find("..");
  bool good = read_whole(text.substr(0, dots), form.count);
  if (good && dots != std::string_view::npos) {
    good = read_whole(text.substr(dots + 2), form.most) && form.most >= form.count;
  }
  if (!good) {
    return fail(ErrorCode::invalid, "`" + std::string(text) + "` is no number of nodes", "",
                "write it like 4, or 2..4 for a gang of any size between");
  }
  if (form.most == form.count) form.most = 0;
  return form;
}
std::string text_of(const NodesForm& value) {
  return std::to_string(value.count) + (value.most > 0 ? ".." + std::to_string(value.most) : "");
}
std::string schema_of(std::type_identity<NodesForm>) {
  return string_schema(
      "nodes that start together; of an elastic gang, from how many up to how many", "2..4");
}

Result<CpusForm> read_value(const Document& document, std::type_identity<CpusForm>) {
  const std::string_view text = WEIR_TRY(scalar_text(document, "2, 2+ or 2..8"));
  return CpusForm{WEIR_TRY(base::parse_range(text, &base::parse_count))};
}
std::string text_of(const CpusForm& value) { return format_range(value.range, &format_count); }
std::string schema_of(std::type_identity<CpusForm>) {
  return string_schema("logical processors: exactly, at least, or between", "2..8");
}

Result<MemoryForm> read_value(const Document& document, std::type_identity<MemoryForm>) {
  const std::string_view text = WEIR_TRY(scalar_text(document, "4GiB, 4GiB+ or 4GiB..16GiB"));
  return MemoryForm{WEIR_TRY(base::parse_range(text, &base::parse_bytes))};
}
std::string text_of(const MemoryForm& value) {
  return format_range(value.range, &format_exact_bytes);
}
std::string schema_of(std::type_identity<MemoryForm>) {
  return string_schema("memory: exactly, at least, or between", "4GiB");
}

namespace {

// "0.5", "0.125": thousandths of a device, above none and below a whole one.
std::optional<std::uint32_t> share_of(std::string_view text) {
  if (!text.starts_with("0.") || text.size() > 5) return std::nullopt;
  std::string digits(text.substr(2));
  digits.resize(3, '0');
  std::uint32_t milli = 0;
  if (text.size() == 2 || !read_whole(std::string_view(digits), milli)) return std::nullopt;
  return milli > 0 ? std::optional(milli) : std::nullopt;
}

// Of what stands between two commas.
struct DeviceText {
  DeviceCount device;
  std::uint32_t milli = whole_device_milli;
};

Result<DeviceText> parse_device(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  DeviceText read;
  DeviceCount& device = read.device;
  const auto colon = text.rfind(':');
  device.model = std::string(text.substr(0, colon));
  bool counted = true;
  if (colon != std::string_view::npos) {
    const std::string_view count = text.substr(colon + 1);
    const auto share = share_of(count);
    read.milli = share.value_or(whole_device_milli);
    counted = share || (read_whole(count, device.count) && device.count > 0);
    if (!counted && count.find('.') != std::string_view::npos) {
      return fail(ErrorCode::invalid, "`" + std::string(text) + "` is no share of a device", "",
                  "write a share of one device from 0.001 to 0.999, or whole ones");
    }
  }
  const bool named =
      !device.model.empty() && std::all_of(device.model.begin(), device.model.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
      });
  if (!counted || !named) {
    return fail(ErrorCode::invalid, "`" + std::string(text) + "` is no device", "",
                "write MODEL:COUNT in small letters, like nvidia-h100:8");
  }
  return read;
}

}  // namespace

Result<DevicesForm> read_value(const Document& document, std::type_identity<DevicesForm>) {
  DevicesForm form;
  const auto add = [&](std::string_view text) -> base::Status {
    for (std::size_t begin = 0; begin <= text.size();) {
      const std::size_t comma = std::min(text.find(',', begin), text.size());
      const DeviceText read = WEIR_TRY(parse_device(text.substr(begin, comma - begin)));
      form.counts.push_back(read.device);
      form.device_milli = std::min(form.device_milli, read.milli);
      begin = comma + 1;
    }
    return {};
  };
  if (document.is(DocumentKind::list)) {
    if (document.items().empty()) {
      return fail(ErrorCode::invalid, "names no device", "", "leave the field out to ask for none");
    }
    for (const Document& item : document.items()) {
      WEIR_TRY_STATUS(add(WEIR_TRY(scalar_text(item, "nvidia-h100:8"))));
    }
  } else {
    WEIR_TRY_STATUS(add(WEIR_TRY(scalar_text(document, "nvidia-h100:8"))));
  }
  std::sort(form.counts.begin(), form.counts.end());
  for (std::size_t i = 1; i < form.counts.size(); ++i) {
    if (form.counts[i].model == form.counts[i - 1].model) {
      return fail(ErrorCode::invalid, "names `" + form.counts[i].model + "` twice", "",
                  "write one count for both");
    }
  }
  if (form.is_share() && form.counts.size() > 1) {
    return fail(ErrorCode::invalid, "asks for a share of a device beside others", "",
                "ask for one share alone, like nvidia-h100:0.5");
  }
  return form;
}
std::string text_of(const DevicesForm& value) {
  std::string text;
  for (const DeviceCount& device : value.counts) {
    text += (text.empty() ? "" : ",") + device.model + ":" +
            device_amount(device.count, value.device_milli);
  }
  return text;
}
std::string schema_of(std::type_identity<DevicesForm>) {
  return R"({"type":["string","array"],"items":{"type":"string"},)"
         R"("description":"device models with counts, on each node; or a share of one device",)"
         R"("examples":["nvidia-h100:8","nvidia-h100:0.5"]})";
}

namespace {

Result<IndexRange> parse_index_range(std::string_view text) {
  IndexRange range;
  std::string_view ends = text;
  bool good = true;
  const auto colon = text.find(':');
  if (colon != std::string_view::npos) {
    good = read_whole(text.substr(colon + 1), range.step) && range.step > 0;
    ends = text.substr(0, colon);
  }
  const auto dash = ends.find('-');
  good = good && read_whole(ends.substr(0, dash), range.first);
  range.last = range.first;
  if (good && dash != std::string_view::npos) good = read_whole(ends.substr(dash + 1), range.last);
  constexpr std::uint32_t index_max = 100'000'000;
  if (good && range.last < range.first) {
    return fail(ErrorCode::invalid, "`" + std::string(text) + "` ends below its start", "",
                "write it like " + std::to_string(range.last) + "-" + std::to_string(range.first));
  }
  if (!good || range.last > index_max) {
    return fail(ErrorCode::invalid, "`" + std::string(text) + "` is no range of array indices", "",
                "write it like 0-99, 0-99%10 (ten at once), 1,3,5-9 or 0-20:5 (every fifth)");
  }
  // The last index is one that the steps meet.
  range.last = range.first + (range.last - range.first) / range.step * range.step;
  return range;
}

}  // namespace

Result<ArrayForm> read_value(const Document& document, std::type_identity<ArrayForm>) {
  std::string_view text = WEIR_TRY(scalar_text(document, "0-99%10"));
  ArrayForm form;
  const auto percent = text.find('%');
  if (percent != std::string_view::npos) {
    if (!read_whole(text.substr(percent + 1), form.spec.at_once) || form.spec.at_once == 0) {
      return fail(ErrorCode::invalid,
                  "`" + std::string(text.substr(percent)) + "` is no limit of tasks at once", "",
                  "write it like 0-99%10");
    }
    text = text.substr(0, percent);
  }
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t comma = std::min(text.find(',', begin), text.size());
    form.spec.indices.push_back(WEIR_TRY(parse_index_range(text.substr(begin, comma - begin))));
    begin = comma + 1;
  }
  auto& indices = form.spec.indices;
  std::sort(indices.begin(), indices.end(),
            [](const IndexRange& a, const IndexRange& b) { return a.first < b.first; });
  for (std::size_t i = 1; i < indices.size(); ++i) {
    if (indices[i].first <= indices[i - 1].last) {
      return fail(ErrorCode::invalid,
                  "has overlapping ranges around index " + std::to_string(indices[i].first), "",
                  "write each index once");
    }
  }
  return form;
}
std::string text_of(const ArrayForm& value) {
  std::string text;
  for (const IndexRange& range : value.spec.indices) {
    text += (text.empty() ? "" : ",") + std::to_string(range.first);
    if (range.last != range.first) text += "-" + std::to_string(range.last);
    if (range.step != 1 && range.last != range.first) text += ":" + std::to_string(range.step);
  }
  if (value.spec.at_once != 0) text += "%" + std::to_string(value.spec.at_once);
  return text;
}
std::string schema_of(std::type_identity<ArrayForm>) {
  return string_schema("array indices, with a limit of tasks at once", "0-99%10");
}

Result<NoticeForm> read_value(const Document& document, std::type_identity<NoticeForm>) {
  const std::string_view text = WEIR_TRY(scalar_text(document, "SIGUSR1@60s"));
  const auto at = text.find('@');
  const auto number = signal_number(text.substr(0, at));
  if (!number || at == std::string_view::npos) {
    return fail(ErrorCode::invalid, "`" + std::string(text) + "` is no notice", "",
                "write SIGNAL@TIME, like SIGUSR1@60s");
  }
  return NoticeForm{*number, WEIR_TRY(base::parse_duration(text.substr(at + 1)))};
}
std::string text_of(const NoticeForm& value) {
  return signal_name(value.signal) + "@" + base::format_duration(value.before);
}
std::string schema_of(std::type_identity<NoticeForm>) {
  return string_schema("signal before the time limit or before making room, and how long before",
                       "SIGUSR1@60s");
}

namespace {

// In thousandths; none: no number from 0 to 1000 with three digits behind the point at most.
std::optional<std::uint32_t> weight_of(std::string_view text) {
  const std::size_t point = text.find('.');
  std::string digits(point == std::string_view::npos ? "" : text.substr(point + 1));
  const bool fraction = point == std::string_view::npos || (!digits.empty() && digits.size() <= 3);
  digits.resize(3, '0');
  const std::string all = std::string(text.substr(0, point)) + digits;
  std::uint32_t milli = 0;
  const auto [end, error] = std::from_chars(all.data(), all.data() + all.size(), milli);
  constexpr std::uint32_t most = 1000 * whole_weight_milli;
  const bool number =
      point != 0 && !text.empty() && error == std::errc() && end == all.data() + all.size();
  return fraction && number && milli <= most ? std::optional(milli) : std::nullopt;
}

std::string weight_text(std::uint32_t milli) {
  std::string text = std::to_string(milli / whole_weight_milli);
  const std::uint32_t rest = milli % whole_weight_milli;
  if (rest == 0) return text;
  text += "." + std::to_string(whole_weight_milli + rest).substr(1);
  return text.substr(0, text.find_last_not_of('0') + 1);
}

constexpr std::array<std::pair<std::string_view, std::uint32_t Objective::*>, 3> objective_parts{
    {{"finish", &Objective::finish_milli},
     {"cost", &Objective::cost_milli},
     {"carbon", &Objective::carbon_milli}}};

// "cost=1,finish=0.5"
std::optional<Objective> weights_of(std::string_view text) {
  Objective weights{0, 0, 0};
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(item.size() + 1, text.size()));
    const std::size_t equals = item.find('=');
    const auto part =
        std::find_if(objective_parts.begin(), objective_parts.end(),
                     [&](const auto& each) { return each.first == item.substr(0, equals); });
    if (part == objective_parts.end() || equals == std::string_view::npos) return std::nullopt;
    const auto weight = weight_of(item.substr(equals + 1));
    if (!weight) return std::nullopt;
    weights.*(part->second) = *weight;
  }
  return weights;
}

}  // namespace

Result<WeightForm> read_value(const Document& document, std::type_identity<WeightForm>) {
  const std::string_view text = WEIR_TRY(scalar_text(document, "0.5"));
  if (const auto milli = weight_of(text)) return WeightForm{*milli};
  return fail(ErrorCode::invalid, "`" + std::string(text) + "` is no weight from 0 to 1000", "",
              "write it like 1 or 0.5");
}
std::string text_of(const WeightForm& value) { return weight_text(value.milli); }
std::string schema_of(std::type_identity<WeightForm>) {
  return R"({"type":"number","minimum":0,"maximum":1000})";
}

Result<ObjectiveForm> read_value(const Document& document, std::type_identity<ObjectiveForm>) {
  constexpr const char* hint = "write finish, cost, carbon or weights like {cost: 1, finish: 0.5}";
  std::optional<Objective> weights;
  if (document.is(DocumentKind::map)) {
    const auto form = WEIR_TRY(base::read_document<WeightsForm>(document));
    weights = {form.finish.milli, form.cost.milli, form.carbon.milli};
  } else {
    const std::string_view text = WEIR_TRY(scalar_text(document, "finish"));
    weights = weights_of(text);
    for (const auto& [name, part] : objective_parts) {
      if (text != name) continue;
      weights = Objective{0, 0, 0};
      (*weights).*part = whole_weight_milli;
    }
    if (!weights) {
      return fail(ErrorCode::invalid, "`" + std::string(text) + "` is no objective", "", hint);
    }
  }
  if (*weights != Objective{0, 0, 0}) return ObjectiveForm{*weights};
  return fail(ErrorCode::invalid, "weighs nothing", "", hint);
}
// The word, or "cost=1,finish=0.5".
std::string text_of(const ObjectiveForm& value) {
  std::string text;
  for (const auto& [name, part] : objective_parts) {
    const std::uint32_t weight = value.weights.*part;
    if (weight == 0) continue;
    Objective alone{0, 0, 0};
    alone.*part = whole_weight_milli;
    if (value.weights == alone) return std::string(name);
    text += (text.empty() ? "" : ",") + std::string(name) + "=" + weight_text(weight);
  }
  return text;
}
std::string schema_of(std::type_identity<ObjectiveForm>) {
  const std::string weight = schema_of(std::type_identity<WeightForm>{});
  std::string schema = R"({"oneOf":[{"type":"string","description":"finish, cost, carbon, or )";
  schema += R"(cost=1,finish=0.5"},{"type":"object","additionalProperties":false,"properties":)";
  return schema + R"({"finish":)" + weight + R"(,"cost":)" + weight + R"(,"carbon":)" + weight +
         "}}]}";
}

}  // namespace weir::model
