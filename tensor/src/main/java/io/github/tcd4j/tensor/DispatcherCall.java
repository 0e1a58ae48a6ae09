package io.github.tcd4j.tensor;

import java.util.List;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.ListType;

/** Calls of registered operators that have no Java method of their own, by name. */
final class DispatcherCall {
  private DispatcherCall() {}

  /** Runs an operator that writes in place, or whose result is not wanted. */
  static void run(String name, String overload, IValue... arguments) {
    Dispatcher.singleton().findSchemaOrThrow(name, overload).callBoxed(new IValueVector(arguments));
  }

  static IValue list(List<Tensor> tensors) {
    GenericList list = new GenericList(ListType.ofTensors().containedType(0));
    for (Tensor t : tensors) {
      list.push_back(new IValue(t.handle()));
    }
    return new IValue(list);
  }
}
