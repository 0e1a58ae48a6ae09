package io.github.tcd4j.cli.options;

import io.github.tcd4j.tensor.Device;
import picocli.CommandLine.Option;

/** Where a command computes. */
public final class DeviceOption {
  @Option(
      names = "--device",
      paramLabel = "cpu|cuda[:N]|mps",
      converter = MachineOptions.DeviceConverter.class,
      description = "Device to compute on. Default: cpu.")
  private Device device = Device.CPU;

  /**
   * The device, which this machine has.
   *
   * @throws io.github.tcd4j.tensor.TensorException if it has not
   */
  public Device available() {
    return device.requireAvailable();
  }
}
