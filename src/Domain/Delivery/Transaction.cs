using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Delivery;

/// <summary>
/// State and events that commit together or not at all: one entity-group transaction of one partition.
/// Events are always inserted, never replaced, so an abort marker in an event's place prevents the commit.
/// </summary>
/// <param name="partition">The partition of the state; ownership is the partition.</param>
public sealed class Transaction(string partition)
{
    /// <summary>The most operations that one Azure Table transaction takes.</summary>
    public const int MaxOperations = 100;

    private readonly List<StateWrite> writes = [];
    private readonly List<DomainEvent> events = [];

    /// <summary>The partition that all of it belongs to.</summary>
    public string Partition { get; } = partition;

    /// <summary>The changes of state, in order.</summary>
    public IReadOnlyList<StateWrite> Writes => writes;

    /// <summary>The events, in order.</summary>
    public IReadOnlyList<DomainEvent> Events => events;

    /// <summary>Whether <see cref="IEventPublisher.PrepareAsync"/> has done its part.</summary>
    public bool IsPrepared { get; set; }

    /// <summary>Adds a row that must not exist yet.</summary>
    /// <typeparam name="T">The row's type.</typeparam>
    /// <param name="key">The row key.</param>
    /// <param name="value">The row.</param>
    public Transaction Insert<T>(string key, T value)
        where T : class => Add(new StateWrite(StateWriteKind.Insert, key, value, null));

    /// <summary>Replaces a row that must be as it was read.</summary>
    /// <typeparam name="T">The row's type.</typeparam>
    /// <param name="key">The row key.</param>
    /// <param name="value">The new row.</param>
    /// <param name="etag">The ETag of the row as it was read.</param>
    public Transaction Replace<T>(string key, T value, string etag)
        where T : class => Add(new StateWrite(StateWriteKind.Replace, key, value, etag));

    /// <summary>Deletes a row that must be as it was read.</summary>
    /// <param name="key">The row key.</param>
    /// <param name="etag">The ETag of the row as it was read.</param>
    public Transaction Delete(string key, string etag) => Add(new StateWrite(StateWriteKind.Delete, key, null, etag));

    /// <summary>Adds an event that becomes true with the state.</summary>
    /// <param name="domainEvent">The event.</param>
    public Transaction Publish(DomainEvent domainEvent)
    {
        events.Add(domainEvent);
        return this;
    }

    private Transaction Add(StateWrite write)
    {
        writes.Add(write);
        return this;
    }
}
