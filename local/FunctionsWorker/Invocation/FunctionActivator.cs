using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Azure.Functions.Worker.Invocation;

/// <summary>Creates function classes with services of the invocation's scope; how is compiled once for each class.</summary>
internal sealed class FunctionActivator : IFunctionActivator
{
    private readonly ConcurrentDictionary<Type, ObjectFactory> _factories = new();

    public object CreateInstance(Type instanceType, FunctionContext context) =>
        _factories.GetOrAdd(instanceType, type => ActivatorUtilities.CreateFactory(type, []))(context.InstanceServices, null);
}
