using System.Text;
using System.Text.Json;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Consumers;
using StackExchange.Redis;

namespace McpFunctions.Functions.Operations;

/// <summary>Which events and effects an operator wants to see.</summary>
/// <param name="Type">The type of event; null for all.</param>
/// <param name="UserId">The user whom the event concerns; null for all.</param>
/// <param name="CorrelationId">The correlation id; null for all.</param>
internal sealed record FeedFilter(string? Type, string? UserId, string? CorrelationId)
{
    private const string Field = "event";

    // To pass over most of a long journal without parsing it.
    private readonly byte[][] texts = [.. new[] { UserId, CorrelationId }.OfType<string>().Where(IsWrittenAsItIs).Select(Encoding.UTF8.GetBytes)];

    /// <summary>Reads the event of an entry of a journal.</summary>
    /// <returns>The event; null if it is not wanted, or is no event.</returns>
    public DomainEvent? Read(StreamEntry entry)
    {
        if (entry[Field] is not { IsNull: false } value)
        {
            return null;
        }

        byte[] json = (byte[])value!;
        return texts.All(text => json.AsSpan().IndexOf(text) >= 0)
            && EventParser.TryRead(json, out DomainEvent domainEvent, out _)
            && IsWanted(domainEvent.Type, domainEvent.Metadata.UserId, domainEvent.CorrelationId) ? domainEvent : null;
    }

    /// <summary>Reads the wanted effects of an entry.</summary>
    public IEnumerable<Effect> ReadEffects(StreamEntry entry) =>
        EffectLog.Read(entry).Where(effect => IsWanted(effect.Type, effect.UserId, effect.CorrelationId));

    private bool IsWanted(string type, string? userId, string? correlationId) =>
        (Type is null || type == Type) && (UserId is null || userId == UserId) && (CorrelationId is null || correlationId == CorrelationId);

    private static bool IsWrittenAsItIs(string text) => JsonEncodedText.Encode(text).ToString() == text;
}
