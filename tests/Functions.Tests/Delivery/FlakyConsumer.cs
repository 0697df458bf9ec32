using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Tests.Delivery;

/// <summary>A real consumer that fails when a test says so.</summary>
public sealed class FlakyConsumer(IEventConsumer real) : IEventConsumer
{
    private int handled;

    public string Name => real.Name;

    /// <summary>Runs before the event has its effect. Throws to make the event fail.</summary>
    public Func<DomainEvent, CancellationToken, Task> Before { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Runs before the probe of the store. Throws to make the store seem out.</summary>
    public Func<Task> Probe { get; set; } = () => Task.CompletedTask;

    /// <summary>How often it was called.</summary>
    public int Handled => handled;

    public async Task ProbeAsync(CancellationToken cancellationToken)
    {
        await Probe();
        await real.ProbeAsync(cancellationToken);
    }

    public async Task<bool> HandleAsync(DomainEvent domainEvent, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref handled);
        await Before(domainEvent, cancellationToken);
        return await real.HandleAsync(domainEvent, cancellationToken);
    }
}
