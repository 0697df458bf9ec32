using System.ComponentModel.DataAnnotations;
using McpFunctions.Domain;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Operations;

/// <summary>The body of <c>POST events/replay</c>.</summary>
/// <param name="Consumer">The consumer's name.</param>
/// <param name="Types">The types of event; all types unless set.</param>
/// <param name="From">The oldest event time, in RFC 3339.</param>
/// <param name="To">The newest event time, in RFC 3339.</param>
public sealed record ReplayRequest(
    [property: Required, ListedIn(typeof(Subscriptions), nameof(Subscriptions.Consumers), ErrorMessage = "Send one of {1}.")] string? Consumer,
    [property: MinLength(1), ListedIn(typeof(EventTypes), nameof(EventTypes.All), LimitsCount = true)] IReadOnlyList<string>? Types,
    [property: Required, DataType(DataType.DateTime)] string? From,
    [property: Required, DataType(DataType.DateTime)] string? To);
