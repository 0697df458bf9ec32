using System.Reflection;
using McpFunctions.Domain.Delivery;

namespace McpFunctions.Functions.Tests.Consumers;

/// <summary>Stands before a port of a consumer: while it fails, only the calls of the consumer's check of its store go through.</summary>
public class FailingPort : DispatchProxy
{
    private object port = null!;
    private PortFailure failure = null!;

    public static object Before(Type type, object port, PortFailure failure)
    {
        var proxy = (FailingPort)Create(type, typeof(FailingPort));
        (proxy.port, proxy.failure) = (port, failure);
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        failure.Meet(targetMethod!.Name);
        return targetMethod.Invoke(port, BindingFlags.DoNotWrapExceptions, null, args, null);
    }
}

/// <summary>Says whether the ports of a consumer fail.</summary>
public sealed class PortFailure
{
    private readonly HashSet<string> checks = [];
    private bool isLearning;

    public bool IsOn { get; set; }

    /// <summary>Learns which calls check the store, since a store that does not answer is no failure of the event.</summary>
    public async Task LearnChecksAsync(IEventConsumer consumer)
    {
        isLearning = true;
        await consumer.ProbeAsync(CancellationToken.None);
        isLearning = false;
    }

    public void Meet(string method)
    {
        if (isLearning)
        {
            checks.Add(method);
        }
        else if (IsOn && !checks.Contains(method))
        {
            throw new InvalidOperationException("The test makes the consumer fail.");
        }
    }
}
