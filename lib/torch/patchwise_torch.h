// Networks in libtorch behind a flat C interface: what lib/Patchwise/Native/TorchShim.cs imports.
//
// Every function that returns a status gives PWT_OK or says why not in pwt_error(), which holds the text of this thread's last failure. No exception
// leaves the library. Handles are freed once, by the function of the same name; a lane keeps what it needs of its network. Different lanes may run at
// the same time; one lane serves one caller at a time.
#pragma once

#include <stdint.h>

#define PWT_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

enum { PWT_OK = 0, PWT_FAILED = 1, PWT_NO_MEMORY = 2 };
enum { PWT_FLOAT32 = 0, PWT_FLOAT16 = 1, PWT_BFLOAT16 = 2 };

typedef struct pwt_weights pwt_weights; // tensors in the order in which they were added
typedef struct pwt_network pwt_network; // a network on its device
typedef struct pwt_lane pwt_lane;       // a stream of a device with pinned memory for what goes up and comes down

typedef struct {
  int32_t cuda;      // index of the CUDA device; -1: the CPU
  int32_t precision; // of weights and operations; what goes in and comes out is the same in all
  int32_t threads;   // that share an operation on the CPU; 0: as libtorch chooses
  float mean[3];     // of R, G, B: value = (sample / 255 - mean) / deviation
  float deviation[3];
} pwt_options;

typedef struct {
  int64_t parameters;
  int32_t layers;        // convolutions and linear layers
  int32_t probabilities; // 1: it ends in a softmax
} pwt_description;

typedef struct {
  char name[256];
  int64_t memory; // bytes in all; 0 where the driver does not tell
  int32_t major, minor;
} pwt_device;

PWT_API const char* pwt_error(void);

// Such as 2.11.0, of the libtorch that this was built against.
PWT_API const char* pwt_version(void);

// CUDA devices that can be used; 0 for a libtorch without CUDA or a machine without a device.
PWT_API int32_t pwt_cuda_devices(void);
PWT_API int32_t pwt_cuda_device(int32_t index, pwt_device* out);

PWT_API int32_t pwt_weights_new(pwt_weights** out);
PWT_API int32_t pwt_weights_add(pwt_weights* weights, const float* values, const int64_t* shape, int32_t rank);
PWT_API void pwt_weights_free(pwt_weights* weights);

// A network from the source of its method forward(self, x) and its weights, which are self.w0, self.w1 and so on.
PWT_API int32_t pwt_network_compile(const char* source, const pwt_weights* weights, const pwt_options* options, pwt_network** out);

// A network from a file of torch.jit.save.
PWT_API int32_t pwt_network_load(const char* path, const pwt_options* options, pwt_network** out);
PWT_API int32_t pwt_network_describe(const pwt_network* network, pwt_description* out);
PWT_API void pwt_network_free(pwt_network* network);

PWT_API int32_t pwt_lane_new(const pwt_network* network, pwt_lane** out);

// Lengths of the two vectors that the network gives for a patch of this size; 0 features where it gives one only.
PWT_API int32_t pwt_lane_lengths(pwt_lane* lane, int64_t height, int64_t width, int64_t* logits, int64_t* features);

// Runs count patches: rgb holds count x height x width x 3 samples, logits takes count x logit_length values, features (null: not wanted) count x feature_length.
PWT_API int32_t pwt_lane_run(pwt_lane* lane, const uint8_t* rgb, int64_t count, int64_t height, int64_t width,
                     float* logits, int64_t logit_length, float* features, int64_t feature_length);
PWT_API void pwt_lane_free(pwt_lane* lane);

#ifdef __cplusplus
}
#endif
