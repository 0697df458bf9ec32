using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Delivery;

/// <summary>One failure of a dead letter.</summary>
/// <param name="At">When.</param>
/// <param name="Error">What went wrong: the exception's type and message, cut to 1,024 characters.</param>
public sealed record DeadLetterFailure([property: JsonConverter(typeof(TimestampConverter))] DateTimeOffset At, string Error);
