using System.ComponentModel.DataAnnotations;
using McpFunctions.Domain;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Operations;

/// <summary>The body of <c>POST dead-letters/retry</c>.</summary>
/// <param name="Consumer">The consumer's name.</param>
/// <param name="Type">The type of event; all types unless set.</param>
public sealed record RetryRequest(
    [property: Required, ListedIn(typeof(Subscriptions), nameof(Subscriptions.Consumers), ErrorMessage = "Send one of {1}.")] string? Consumer,
    [property: ListedIn(typeof(EventTypes), nameof(EventTypes.All), ErrorMessage = "Send the type of an event, or leave it out for all types.")] string? Type);
