using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Consumers;

/// <summary>One failure of a dead letter.</summary>
/// <param name="At">The time of the failure.</param>
/// <param name="Error">The type and message of the exception, cut to 1,024 characters.</param>
/// <param name="Edit">The change of the event before this attempt; absent if there was none.</param>
public sealed record DeadLetterFailure(
    [property: JsonConverter(typeof(TimestampConverter))] DateTimeOffset At, string Error, DeadLetterEdit? Edit = null);
