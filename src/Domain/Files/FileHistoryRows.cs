using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Files;

/// <summary>The row of an event in the history of its file.</summary>
public sealed class FileHistoryRows : IEventRows
{
    /// <inheritdoc/>
    public IEnumerable<string> KeysOf(DomainEvent domainEvent) =>
        domainEvent.Payload.Text("fileId") is { } fileId && domainEvent.Payload.Number("version") is { } version ? [FileKeys.History(fileId, version)] : [];
}
