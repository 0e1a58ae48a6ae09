"""Makes schedulers, solvers and dpm.safetensors with diffusers' schedulers.

    python oracle/make_scheduler_fixtures.py diffusion/src/test/resources

The first holds the samplers that few-step models and their teachers need most, the second the
other solvers, the third DPM-Solvers of the noise and of order 1, and Karras sigmas on every spacing. Each case walks one scheduler over random network outputs. Tensors of a file:

    unit              start noise, one torch.Generator an image, seeds 7 and 8
    outputs           what the "network" answers at step 0, 1, ... whatever it is shown
    CASE/times        the times that the network is told
    CASE/inputs       the latents that the network is shown
    CASE/final        the latents after the last step
    abar/SCHEDULE     alphas_cumprod (schedulers.safetensors alone)

Noise within steps continues the images' generators. The metadata entry CASE holds the settings as
key=value, joined by semicolons; those that begin with "config." are the configuration that
SamplerClass.from_config was given.
"""

import sys

import torch
from diffusers import (DDIMScheduler, DPMSolverMultistepScheduler, DPMSolverSinglestepScheduler,
                       EulerAncestralDiscreteScheduler, EulerDiscreteScheduler,
                       HeunDiscreteScheduler, LCMScheduler, TCDScheduler)
from safetensors.torch import save_file

SHAPE = (2, 3, 3)
SEEDS = (7, 8)
CLASSES = {
    "tcd": TCDScheduler,
    "lcm": LCMScheduler,
    "ddim": DDIMScheduler,
    "euler": EulerDiscreteScheduler,
    "euler-karras": EulerDiscreteScheduler,
    "dpm++2m": DPMSolverMultistepScheduler,
    "dpm++2m-karras": DPMSolverMultistepScheduler,
    "dpm++2s": DPMSolverSinglestepScheduler,
    "dpm++2s-karras": DPMSolverSinglestepScheduler,
    "sde-dpm++2m": DPMSolverMultistepScheduler,
    "sde-dpm++2m-karras": DPMSolverMultistepScheduler,
    "euler-ancestral": EulerAncestralDiscreteScheduler,
    "heun": HeunDiscreteScheduler,
    "heun-karras": HeunDiscreteScheduler,
    "dpm1": DPMSolverMultistepScheduler,
    "dpm2m": DPMSolverMultistepScheduler,
    "dpm2s": DPMSolverSinglestepScheduler,
    "sde-dpm++1": DPMSolverMultistepScheduler,
    "consistency": LCMScheduler,
}
STOCHASTIC = ("tcd", "lcm", "consistency", "sde-dpm++1", "sde-dpm++2m", "sde-dpm++2m-karras",
              "euler-ancestral")
# What the names mean to classes that know more than one solver.
NAMED = {
    "dpm1": dict(algorithm_type="dpmsolver", solver_order=1, final_sigmas_type="sigma_min"),
    "dpm2m": dict(algorithm_type="dpmsolver", final_sigmas_type="sigma_min"),
    "dpm2s": dict(algorithm_type="dpmsolver", final_sigmas_type="sigma_min"),
    "sde-dpm++1": dict(algorithm_type="sde-dpmsolver++", solver_order=1),
    "sde-dpm++2m": dict(algorithm_type="sde-dpmsolver++"),
    "sde-dpm++2m-karras": dict(algorithm_type="sde-dpmsolver++"),
    "consistency": dict(timestep_scaling=1e9),  # c_skip 0, c_out 1
}
SHIPPED = dict(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, steps_offset=1,
               set_alpha_to_one=False, clip_sample=False, skip_prk_steps=True)
torch.manual_seed(0)
OUTPUTS = torch.randn(20, len(SEEDS), *SHAPE)


def generators():
    return [torch.Generator().manual_seed(s) for s in SEEDS]


def draw(gens):
    return torch.cat([torch.randn((1, *SHAPE), generator=g) for g in gens])


def walk(sampler, config, steps, gamma=None, eta=None, timesteps=None):
    gens = generators()
    unit = draw(gens)
    if sampler.endswith("-karras"):
        config = dict(config, use_karras_sigmas=True)
    config = {**config, **NAMED.get(sampler, {})}
    scheduler = CLASSES[sampler].from_config(config)
    if timesteps:
        scheduler.set_timesteps(timesteps=timesteps)
    else:
        scheduler.set_timesteps(steps)
    extra = {}
    if sampler in STOCHASTIC or eta:
        extra["generator"] = gens
    if gamma is not None or eta is not None:
        extra["eta"] = eta if gamma is None else gamma
    x = unit * scheduler.init_noise_sigma
    inputs = []
    for i, t in enumerate(scheduler.timesteps):
        inputs.append(scheduler.scale_model_input(x, t))
        x = scheduler.step(OUTPUTS[i], t, x, **extra).prev_sample
    return {"times": scheduler.timesteps.to(torch.float32), "inputs": torch.stack(inputs), "final": x}


def cases():
    kinds = ("epsilon", "v_prediction", "sample")
    for kind in kinds:
        base = dict(SHIPPED, prediction_type=kind)
        for gamma in (0.0, 0.3, 1.0):
            yield "tcd", base, dict(steps=4, gamma=gamma)
        yield "tcd", base, dict(steps=7, gamma=0.2)
        yield "lcm", base, dict(steps=4)
        yield "lcm", base, dict(steps=7)
        for spacing in ("linspace", "leading", "trailing"):
            config = dict(base, timestep_spacing=spacing)
            for steps in (4, 7):
                yield "ddim", config, dict(steps=steps)
                for sampler in ("euler", "euler-karras", "dpm++2m", "dpm++2m-karras"):
                    yield sampler, config, dict(steps=steps)
            yield "ddim", config, dict(steps=4, eta=0.7)
        for sampler in ("ddim", "euler", "dpm++2m", "lcm"):
            yield sampler, dict(prediction_type=kind), dict(steps=4)
    yield "ddim", dict(SHIPPED, set_alpha_to_one=True), dict(steps=4)
    yield "ddim", dict(SHIPPED, thresholding=True, sample_max_value=1.5), dict(steps=4)
    yield "lcm", dict(SHIPPED, clip_sample=True, clip_sample_range=2.0), dict(steps=4)
    for options in (dict(final_sigmas_type="sigma_min"),
                    dict(final_sigmas_type="sigma_min", lower_order_final=False),
                    dict(final_sigmas_type="sigma_min", euler_at_final=True),
                    dict(solver_type="heun"),
                    dict(use_lu_lambdas=True),
                    dict(lambda_min_clipped=-2.0),
                    dict(lambda_min_clipped=-2.0, timestep_spacing="trailing"),
                    dict(thresholding=True, dynamic_thresholding_ratio=0.8, sample_max_value=2.0),
                    dict(beta_schedule="squaredcos_cap_v2", lambda_min_clipped=-5.1)):
        yield "dpm++2m", dict(SHIPPED, **options), dict(steps=5)
    yield "dpm++2m", dict(SHIPPED), dict(steps=17)
    yield "euler", dict(SHIPPED, use_exponential_sigmas=True), dict(steps=5)
    yield "euler-karras", dict(SHIPPED, sigma_min=0.1, sigma_max=10.0), dict(steps=5)
    zero = dict(SHIPPED, rescale_betas_zero_snr=True, prediction_type="v_prediction",
                timestep_spacing="trailing")
    for sampler in ("tcd", "lcm", "ddim", "dpm++2m"):
        yield sampler, zero, dict(steps=4)
    for sampler in ("tcd", "lcm", "euler", "dpm++2m"):
        yield sampler, dict(SHIPPED), dict(timesteps=[999, 700, 420, 101, 3])


def solver_cases():
    for kind in ("epsilon", "v_prediction", "sample"):
        base = dict(SHIPPED, prediction_type=kind)
        for steps in (4, 7):
            for sampler in ("dpm++2s", "dpm++2s-karras"):
                yield sampler, base, dict(steps=steps)
        for spacing in ("linspace", "leading", "trailing"):
            config = dict(base, timestep_spacing=spacing)
            for steps in (4, 7):
                yield "heun", config, dict(steps=steps)
                yield "sde-dpm++2m", config, dict(steps=steps)
                if kind != "sample":
                    yield "euler-ancestral", config, dict(steps=steps)
            for sampler in ("heun-karras", "sde-dpm++2m-karras"):
                yield sampler, config, dict(steps=5)
        for sampler in ("dpm++2s", "heun", "sde-dpm++2m"):
            yield sampler, dict(prediction_type=kind), dict(steps=5)
    for options in (dict(final_sigmas_type="sigma_min"),
                    dict(final_sigmas_type="sigma_min", lower_order_final=True),
                    dict(solver_type="heun"),
                    dict(lambda_min_clipped=-2.0),
                    dict(thresholding=True, dynamic_thresholding_ratio=0.8, sample_max_value=2.0)):
        yield "dpm++2s", dict(SHIPPED, **options), dict(steps=6)
        yield "sde-dpm++2m", dict(SHIPPED, **options), dict(steps=6)
    yield "sde-dpm++2m", dict(SHIPPED, solver_order=1), dict(steps=5)
    yield "sde-dpm++2m", dict(SHIPPED), dict(steps=17)
    yield "dpm++2s", dict(SHIPPED), dict(steps=17)
    yield "heun", dict(SHIPPED, clip_sample=True, clip_sample_range=2.0), dict(steps=4)
    yield "heun", dict(SHIPPED, use_exponential_sigmas=True), dict(steps=4)
    yield "heun-karras", dict(SHIPPED, sigma_min=0.1, sigma_max=10.0), dict(steps=4)
    zero = dict(SHIPPED, rescale_betas_zero_snr=True, prediction_type="v_prediction",
                timestep_spacing="trailing")
    for sampler in ("dpm++2s", "heun", "euler-ancestral", "sde-dpm++2m"):
        yield sampler, zero, dict(steps=4)
    for sampler in ("dpm++2s", "heun", "sde-dpm++2m"):
        yield sampler, dict(SHIPPED), dict(timesteps=[999, 700, 420, 101, 3])


def dpm_cases():
    for kind in ("epsilon", "v_prediction", "sample"):
        base = dict(SHIPPED, prediction_type=kind)
        yield "consistency", base, dict(steps=4)
        for spacing in ("linspace", "leading", "trailing"):
            config = dict(base, timestep_spacing=spacing)
            for sampler in ("dpm1", "dpm2m", "dpm2s", "sde-dpm++1"):
                yield sampler, config, dict(steps=6)
            yield "ddim", config, dict(steps=7, eta=1.0)
    for sampler in ("dpm2m", "dpm2s"):
        for options in (dict(solver_type="heun"), dict(lower_order_final=True)):
            yield sampler, dict(SHIPPED, **options), dict(steps=6)
        yield sampler, dict(SHIPPED), dict(steps=17)
        yield sampler, dict(SHIPPED), dict(timesteps=[999, 700, 420, 101, 3])
    # The singlestep class of 0.42.1 fails on this one.
    yield "dpm2m", dict(SHIPPED, thresholding=True, sample_max_value=2.0), dict(steps=6)
    yield "dpm2m", dict(SHIPPED, lower_order_final=False), dict(steps=6)
    for sampler in ("dpm++2m", "dpm++2s", "dpm2m", "dpm2s"):
        yield sampler, dict(SHIPPED, solver_order=1), dict(steps=5)
    for sampler in ("dpm++2m-karras", "dpm++2s-karras", "sde-dpm++2m-karras"):
        yield sampler, dict(SHIPPED, sigma_min=0.1, sigma_max=10.0), dict(steps=5)


def walked(cases):
    tensors = {"unit": draw(generators()), "outputs": OUTPUTS}
    metadata = {}
    for number, (sampler, config, settings) in enumerate(cases):
        name = f"{number:03d}"
        arguments = {"steps": None, **settings}
        if sampler == "tcd" and "gamma" not in settings:
            arguments["gamma"] = 0.3
        for key, value in walk(sampler, config, **arguments).items():
            tensors[f"{name}/{key}"] = value.contiguous()
        entries = {"sampler": sampler, **settings}
        entries.update({f"config.{k}": v for k, v in config.items()})
        text = {k: str(v).lower() if isinstance(v, bool) else v for k, v in entries.items()}
        metadata[name] = ";".join(f"{k}={v}" for k, v in text.items())
    return tensors, metadata


def main(folder):
    tensors, metadata = walked(cases())
    for name, config in (("linear", dict(beta_schedule="linear", beta_start=1e-4, beta_end=0.02)),
                         ("scaled_linear", SHIPPED),
                         ("squaredcos_cap_v2", dict(beta_schedule="squaredcos_cap_v2"))):
        tensors[f"abar/{name}"] = DDIMScheduler.from_config(config).alphas_cumprod
        zero = DDIMScheduler.from_config(dict(config, rescale_betas_zero_snr=True))
        tensors[f"abar/{name}/zero"] = zero.alphas_cumprod
    save_file(tensors, f"{folder}/schedulers.safetensors", metadata)
    tensors, metadata = walked(solver_cases())
    save_file(tensors, f"{folder}/solvers.safetensors", metadata)
    tensors, metadata = walked(dpm_cases())
    save_file(tensors, f"{folder}/dpm.safetensors", metadata)


if __name__ == "__main__":
    main(sys.argv[1])
