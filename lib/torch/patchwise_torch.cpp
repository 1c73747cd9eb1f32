#include "patchwise_torch.h"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <dlfcn.h>

#include <ATen/Parallel.h>
#include <c10/core/StreamGuard.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/runtime/interpreter.h>
#include <torch/script.h>
#include <torch/version.h>

// CUDA is reached through libtorch's device-neutral classes only, so that one source is built with and without CUDA's headers, and whether there is a
// device is a question of run time.

namespace jit = torch::jit;

struct pwt_weights {
  std::vector<at::Tensor> tensors;
};

namespace {

constexpr auto kCuda = c10::DeviceType::CUDA;

thread_local std::string failure;

// A script's failure comes with a listing of the calls that led there, whose last line says what failed; of other texts the first line does.
std::string in_one_line(const std::string& text) {
  const bool traced = text.find("Traceback of TorchScript") != std::string::npos;
  std::string line, found;
  for (size_t at = 0; at < text.size(); at += line.size() + 1) {
    line = text.substr(at, text.find('\n', at) - at);
    if (line.find_first_not_of(" \t\r") != std::string::npos) {
      found = line;
      if (!traced) break;
    }
  }
  return found.empty() ? "no reason given" : found;
}

// The interpreter passes failures of its operations on as text, so their kind has to be read from that.
bool tells_of_memory(const std::string& text) {
  static const char* const signs[] = {"out of memory", "can't allocate memory", "not enough memory", "bad_alloc", "STATUS_ALLOC_FAILED", "could not create a memory object"};
  return std::any_of(std::begin(signs), std::end(signs), [&](const char* sign) { return text.find(sign) != std::string::npos; });
}

int32_t failed(const char* text, bool memory = false) noexcept {
  try {
    memory = memory || tells_of_memory(text);
    failure = in_one_line(text);
  } catch (...) {
    failure.clear();
    memory = true;
  }
  return memory ? PWT_NO_MEMORY : PWT_FAILED;
}

template <typename Body>
int32_t guarded(Body body) noexcept {
  try {
    body();
    return PWT_OK;
  } catch (const c10::OutOfMemoryError& error) {
    return failed(error.what_without_backtrace(), true);
  } catch (const c10::Error& error) {
    return failed(error.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    return failed("out of memory", true);
  } catch (const std::exception& error) {
    return failed(error.what());
  } catch (...) {
    return failed("an unknown failure");
  }
}

[[noreturn]] void fail(const std::string& text) { throw std::runtime_error(text); }

std::string shape_text(const at::Tensor& tensor) {
  std::string text = "[";
  for (const auto size : tensor.sizes()) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

int cuda_devices() noexcept { return c10::impl::hasDeviceGuardImpl(kCuda) ? c10::impl::getDeviceGuardImpl(kCuda)->deviceCount() : 0; }

void set_up_once() {
  static std::once_flag once;
  std::call_once(once, [] {
    auto& context = at::globalContext();
    // float32 means float32: the faster product that drops 13 bits of each factor is what the other precisions are for.
    context.setAllowTF32CuBLAS(false);
    context.setAllowTF32CuDNN(false);
  });
}

// What CUDA's driver says of a device, without CUDA's headers; the driver's interface is kept compatible.
void ask_driver(int index, pwt_device& out) {
  static void* const driver = dlopen("libcuda.so.1", RTLD_NOW);
  if (!driver) return;
  const auto initialise = reinterpret_cast<int (*)(unsigned)>(dlsym(driver, "cuInit"));
  const auto get = reinterpret_cast<int (*)(int*, int)>(dlsym(driver, "cuDeviceGet"));
  const auto name = reinterpret_cast<int (*)(char*, int, int)>(dlsym(driver, "cuDeviceGetName"));
  const auto memory = reinterpret_cast<int (*)(size_t*, int)>(dlsym(driver, "cuDeviceTotalMem_v2"));
  const auto attribute = reinterpret_cast<int (*)(int*, int, int)>(dlsym(driver, "cuDeviceGetAttribute"));
  constexpr int kMajor = 75, kMinor = 76;
  int device = 0;
  size_t bytes = 0;
  if (!initialise || !get || !name || !memory || !attribute || initialise(0) != 0 || get(&device, index) != 0) return;
  if (name(out.name, sizeof out.name, device) != 0) out.name[0] = 0;
  if (memory(&bytes, device) == 0) out.memory = static_cast<int64_t>(bytes);
  if (attribute(&out.major, kMajor, device) != 0 || attribute(&out.minor, kMinor, device) != 0) out.major = out.minor = 0;
}

struct Outputs {
  at::Tensor logits, features; // features undefined where the network gives none
};

struct Network {
  jit::Module module;
  at::Device device;
  at::ScalarType type;
  int threads;
  bool own;                           // compiled here: a second output is the features
  std::optional<jit::Code> code;      // of the module's method forward
  std::optional<jit::Module> unfused; // until the first run
  at::Tensor mean, deviation;         // undefined where the samples are only divided by 255
  pwt_description description{};

  Network(const pwt_options& options, bool compiled)
      : module("network"), device(options.cuda < 0 ? at::Device(at::kCPU) : at::Device(kCuda, static_cast<c10::DeviceIndex>(options.cuda))),
        type(options.precision == PWT_FLOAT16 ? at::kHalf : options.precision == PWT_BFLOAT16 ? at::kBFloat16 : at::kFloat), threads(options.threads), own(compiled) {
    if (options.cuda >= 0 && options.cuda >= cuda_devices())
      fail("there is no CUDA device " + std::to_string(options.cuda) + ": " + std::to_string(cuda_devices()) + " can be used");
    if (type == at::kHalf && device.is_cpu()) fail("float16 runs on CUDA devices only: take float32 or bfloat16 on the CPU");
    set_up_once();
    const auto of_channels = [&](const float* values) { return at::tensor(at::ArrayRef<float>(values, 3)).view({1, 3, 1, 1}).to(device); };
    const auto all = [](const float* values, float value) { return std::all_of(values, values + 3, [=](float one) { return one == value; }); };
    if (!all(options.mean, 0) || !all(options.deviation, 1)) {
      mean = of_channels(options.mean);
      deviation = of_channels(options.deviation);
    }
  }

  at::Tensor placed(const at::Tensor& tensor) const { return tensor.is_floating_point() ? tensor.to(device, type) : tensor.to(device); }

  static bool is(const jit::Node* node, std::initializer_list<const char*> names) {
    return std::any_of(names.begin(), names.end(), [&](const char* name) { return node->kind() == c10::Symbol::fromQualString(name); });
  }

  static bool is_tensor(const jit::Node* node) {
    return node->kind() == c10::prim::Constant && node->hasAttribute(c10::attr::value) && node->kindOf(c10::attr::value) == jit::AttributeKind::t;
  }

  void describe() {
    auto graph = module.get_method("forward").graph()->copy();
    jit::Inline(*graph);
    int64_t constants = 0;
    for (const auto* node : graph->nodes()) {
      description.layers += is(node, {"aten::conv2d", "aten::_convolution", "aten::convolution", "aten::linear", "aten::addmm"});
      if (is_tensor(node)) constants += node->t(c10::attr::value).numel();
    }
    if (description.parameters == 0) description.parameters = constants;
    const jit::Value* value = graph->outputs().at(0);
    while (is(value->node(), {"prim::TupleConstruct", "aten::to", "aten::detach", "aten::contiguous", "aten::log_softmax"}) && !value->node()->inputs().empty())
      value = value->node()->inputs().at(0);
    description.probabilities = is(value->node(), {"aten::softmax", "aten::_softmax"});
  }

  // The interpreter runs the graph as it is: the usual way through the module would watch the first runs in order to compile it again, which delays these.
  void prepare() {
    prefer_channels_last(module);
    code.emplace(module.get_method("forward").graph(), "forward");
    // Lanes have streams of their own, which do not wait for this one.
    const auto* guard = c10::impl::getDeviceGuardImpl(device.type());
    guard->synchronizeStream(guard->getStream(device));
  }

  // Weights become constants of the graph, and operations that follow each other become one where libtorch has that.
  void finish() {
    for (const auto& parameter : module.parameters()) description.parameters += parameter.numel();
    module.eval();
    try {
      module = jit::freeze(module);
    } catch (const std::exception&) {
      // A program that libtorch cannot take apart runs as it is.
      describe();
      return prepare();
    }
    describe();
    const auto frozen = module.get_method("forward").graph();
    const auto nodes = frozen->nodes();
    // On the CPU 1.13 computes these two wrongly when it keeps channels in blocks.
    if (device.is_cpu() && std::any_of(nodes.begin(), nodes.end(), [](const jit::Node* node) { return is(node, {"aten::hardswish", "aten::hardsigmoid"}); })) return prepare();
    if (!device.is_cpu()) unfused = module.clone();
    module = jit::optimize_for_inference(module);
    prepare();
  }

  // After the fusion, which passes over weights in this order.
  void prefer_channels_last(const jit::Module& of) const {
    if (device.is_cpu()) return;
    for (auto* node : of.get_method("forward").graph()->nodes())
      if (is_tensor(node) && node->t(c10::attr::value).dim() == 4) node->t_(c10::attr::value, node->t(c10::attr::value).contiguous(at::MemoryFormat::ChannelsLast));
  }

  // The first run. A device may lack a fused operation: then the network runs without.
  template <typename Run>
  auto first(Run run) {
    if (unfused) {
      try {
        auto result = run();
        unfused.reset();
        return result;
      } catch (const std::exception& error) {
        if (tells_of_memory(error.what())) throw;
        module = *std::exchange(unfused, std::nullopt);
        prepare();
      }
    }
    return run();
  }

  // bytes: [patches, height, width, 3] on the device. Permuted, they are channels-last without a copy.
  Outputs forward(const at::Tensor& bytes) {
    auto x = at::div(bytes.permute({0, 3, 1, 2}), 255.0f);
    if (mean.defined()) x.sub_(mean).div_(deviation);
    std::vector<c10::IValue> stack{module._ivalue(), x.to(type)};
    jit::InterpreterState(*code).run(stack);
    const auto result = stack.at(0);
    Outputs outputs;
    if (result.isTensor()) {
      outputs.logits = result.toTensor();
    } else if (result.isTuple() && !result.toTupleRef().elements().empty() && result.toTupleRef().elements()[0].isTensor()) {
      const auto& elements = result.toTupleRef().elements();
      outputs.logits = elements[0].toTensor();
      if (own) outputs.features = elements.at(1).toTensor();
    } else {
      fail("it gives a " + result.tagKind() + ": expected a tensor [patches, classes], or a tuple that begins with one");
    }
    if (outputs.logits.dim() != 2 || outputs.logits.size(0) != bytes.size(0) || outputs.logits.size(1) < 1 || !outputs.logits.is_floating_point())
      fail("it gives a tensor " + shape_text(outputs.logits) + " for " + std::to_string(bytes.size(0)) + " patches: expected floating-point numbers [patches, classes]");
    return outputs;
  }
};

// A thread that does one thing after the other for those who wait for it. libtorch keeps chosen kernels and teams of threads for each thread that
// calls it, so callers that come and go would have them chosen again.
class Worker {
  std::mutex mutex;
  std::condition_variable changed;
  std::function<int32_t()> job;
  bool stop = false;
  int32_t status = PWT_OK;
  std::string text;
  std::thread thread;

  void serve() {
    std::unique_lock<std::mutex> lock(mutex);
    while (true) {
      changed.wait(lock, [&] { return stop || job; });
      if (!job) return;
      status = job();
      text.swap(failure);
      job = nullptr;
      changed.notify_all();
    }
  }

public:
  Worker() : thread([this] { serve(); }) {}

  ~Worker() {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      stop = true;
    }
    changed.notify_all();
    thread.join();
  }

  // What the work returned; its failure becomes the caller's.
  int32_t run(std::function<int32_t()> work) {
    std::unique_lock<std::mutex> lock(mutex);
    job = std::move(work);
    changed.notify_all();
    changed.wait(lock, [&] { return !job; });
    if (status != PWT_OK) failure.swap(text);
    return status;
  }
};

// A stream with its staging memory. On the CPU there is neither: the caller's memory is read and written directly.
struct Lane {
  std::shared_ptr<Network> network;
  c10::Stream stream;
  at::Tensor up, logits, features; // pinned, as long as the largest batch so far
  at::Tensor bytes;                // [batch, height, width, 3] on the device

  explicit Lane(std::shared_ptr<Network> of)
      : network(std::move(of)), stream(network->device.is_cpu() ? c10::Stream(c10::Stream::DEFAULT, network->device)
                                                                : c10::impl::getDeviceGuardImpl(kCuda)->getStreamFromGlobalPool(network->device)) {}

  void wait() const { c10::impl::getDeviceGuardImpl(network->device.type())->synchronizeStream(stream); }

  static void make_room(at::Tensor& pinned, int64_t count, at::ScalarType type) {
    if (!pinned.defined() || pinned.numel() < count) {
      pinned.reset();
      pinned = at::empty({count}, at::TensorOptions(type).pinned_memory(true));
    }
  }

  // A smaller batch than the last ones, such as the last of all, runs in their size, whose kernels have been chosen; its other rows are leftovers.
  at::Tensor upload(const uint8_t* rgb, int64_t count, int64_t height, int64_t width) {
    const int64_t samples = count * height * width * 3;
    if (!bytes.defined() || bytes.size(0) < count || bytes.size(1) != height || bytes.size(2) != width) {
      bytes.reset();
      bytes = at::zeros({count, height, width, 3}, at::TensorOptions(at::kByte).device(network->device));
    }
    make_room(up, samples, at::kByte);
    std::memcpy(up.data_ptr<uint8_t>(), rgb, static_cast<size_t>(samples));
    bytes.narrow(0, 0, count).copy_(up.narrow(0, 0, samples).view({count, height, width, 3}), /*non_blocking=*/true);
    return bytes;
  }

  static void download(const at::Tensor& from, int64_t count, at::Tensor& pinned) {
    make_room(pinned, count * from.size(1), at::kFloat);
    pinned.narrow(0, 0, count * from.size(1)).view({count, from.size(1)}).copy_(from.narrow(0, 0, count), /*non_blocking=*/true);
  }

  Outputs forward(const uint8_t* rgb, int64_t count, int64_t height, int64_t width) {
    if (network->device.is_cpu()) return network->forward(at::from_blob(const_cast<uint8_t*>(rgb), {count, height, width, 3}, at::kByte));
    return network->forward(upload(rgb, count, height, width));
  }

  static void write(const at::Tensor& from, float* to) {
    const auto values = from.to(at::kFloat).contiguous();
    std::memcpy(to, values.data_ptr<float>(), static_cast<size_t>(values.numel()) * sizeof(float));
  }

  void run(const uint8_t* rgb, int64_t count, int64_t height, int64_t width, float* to, int64_t length, float* also_to, int64_t also_length) {
    auto outputs = forward(rgb, count, height, width);
    if (outputs.logits.size(1) != length)
      fail("it gives " + std::to_string(outputs.logits.size(1)) + " classes for this batch: expected " + std::to_string(length));
    if (also_to && (!outputs.features.defined() || outputs.features.dim() != 2 || outputs.features.size(1) != also_length))
      fail("it does not give " + std::to_string(also_length) + " features a patch");
    if (network->device.is_cpu()) {
      write(outputs.logits, to);
      if (also_to) write(outputs.features, also_to);
      return;
    }
    const auto wide = outputs.logits.to(at::kFloat), also_wide = also_to ? outputs.features.to(at::kFloat) : at::Tensor();
    download(wide, count, logits);
    if (also_to) download(also_wide, count, features);
    wait();
    std::memcpy(to, logits.data_ptr<float>(), static_cast<size_t>(count * length) * sizeof(float));
    if (also_to) std::memcpy(also_to, features.data_ptr<float>(), static_cast<size_t>(count * also_length) * sizeof(float));
  }

  // After a failure nothing may still read the staging memory, and a batch that was too large gives its memory back.
  void abandon() noexcept {
    if (network->device.is_cpu()) return;
    try {
      wait();
    } catch (const std::exception&) {
      // The device is lost: what it did is of no more use, and the next call says so.
    }
    bytes.reset();
  }
};

} // namespace

struct pwt_network {
  std::shared_ptr<Network> shared;
};

struct pwt_lane {
  Lane lane;
  Worker worker; // ends before the lane does
};

const char* pwt_error(void) { return failure.c_str(); }

const char* pwt_version(void) { return TORCH_VERSION; }

int32_t pwt_cuda_devices(void) { return cuda_devices(); }

int32_t pwt_cuda_device(int32_t index, pwt_device* out) {
  return guarded([&] {
    if (index < 0 || index >= cuda_devices()) fail("there is no CUDA device " + std::to_string(index));
    *out = {};
    ask_driver(index, *out);
  });
}

int32_t pwt_weights_new(pwt_weights** out) {
  return guarded([&] { *out = new pwt_weights; });
}

int32_t pwt_weights_add(pwt_weights* weights, const float* values, const int64_t* shape, int32_t rank) {
  return guarded([&] {
    const at::IntArrayRef sizes(shape, static_cast<size_t>(rank));
    weights->tensors.push_back(at::from_blob(const_cast<float*>(values), sizes, at::kFloat).clone());
  });
}

void pwt_weights_free(pwt_weights* weights) { delete weights; }

int32_t pwt_network_compile(const char* source, const pwt_weights* weights, const pwt_options* options, pwt_network** out) {
  return guarded([&] {
    at::NoGradGuard no_gradients;
    auto network = std::make_shared<Network>(*options, true);
    for (size_t i = 0; i < weights->tensors.size(); i++) network->module.register_parameter("w" + std::to_string(i), network->placed(weights->tensors[i]), false);
    network->module.define(source);
    network->finish();
    *out = new pwt_network{std::move(network)};
  });
}

int32_t pwt_network_load(const char* path, const pwt_options* options, pwt_network** out) {
  return guarded([&] {
    at::NoGradGuard no_gradients;
    auto network = std::make_shared<Network>(*options, false);
    network->module = jit::load(path, network->device);
    if (!network->module.find_method("forward")) fail("it has no method 'forward'");
    const auto place = [&](at::Tensor tensor) { tensor.set_data(network->placed(tensor)); };
    for (const at::Tensor& parameter : network->module.parameters()) place(parameter);
    for (const at::Tensor& buffer : network->module.buffers()) place(buffer);
    if (network->type != at::kFloat && network->module.parameters().size() == 0)
      fail("its weights are constants of a frozen program, whose precision cannot be changed: run it in float32, or save it without torch.jit.freeze");
    network->finish();
    *out = new pwt_network{std::move(network)};
  });
}

int32_t pwt_network_describe(const pwt_network* network, pwt_description* out) {
  *out = network->shared->description;
  return PWT_OK;
}

void pwt_network_free(pwt_network* network) { delete network; }

int32_t pwt_lane_new(const pwt_network* network, pwt_lane** out) {
  return guarded([&] {
    auto lane = std::unique_ptr<pwt_lane>(new pwt_lane{Lane(network->shared), {}});
    if (const int threads = network->shared->threads; threads > 0)
      lane->worker.run([=] { return guarded([=] { at::set_num_threads(threads); }); }); // of that thread
    *out = lane.release();
  });
}

namespace {

template <typename Body>
int32_t on_lane(pwt_lane* handle, Body body) noexcept {
  int32_t status = PWT_FAILED;
  const auto asked = guarded([&] {
    status = handle->worker.run([&] {
      auto& lane = handle->lane;
      const auto done = guarded([&] {
        c10::InferenceMode inference;
        c10::StreamGuard current(lane.stream);
        body(lane);
      });
      if (done != PWT_OK) lane.abandon();
      return done;
    });
  });
  return asked == PWT_OK ? status : asked;
}

} // namespace

int32_t pwt_lane_lengths(pwt_lane* handle, int64_t height, int64_t width, int64_t* logits, int64_t* features) {
  return on_lane(handle, [&](Lane& lane) {
    const std::vector<uint8_t> black(static_cast<size_t>(height * width * 3));
    auto& context = at::globalContext();
    context.setBenchmarkCuDNN(false);
    const auto outputs = lane.network->first([&] {
      auto made = lane.forward(black.data(), 1, height, width);
      lane.wait();
      return made;
    });
    // Batches of one size come again and again: the fastest kernel for it is worth looking for. This one is of no use to them.
    context.setBenchmarkCuDNN(true);
    *logits = outputs.logits.size(1);
    *features = outputs.features.defined() ? outputs.features.size(1) : 0;
  });
}

int32_t pwt_lane_run(pwt_lane* handle, const uint8_t* rgb, int64_t count, int64_t height, int64_t width, float* logits, int64_t logit_length, float* features, int64_t feature_length) {
  return on_lane(handle, [&](Lane& lane) { lane.run(rgb, count, height, width, logits, logit_length, features, feature_length); });
}

void pwt_lane_free(pwt_lane* lane) { delete lane; }
