namespace McpFunctions.Domain.Idempotency;

/// <summary>A request that had its effect, or is having it.</summary>
/// <typeparam name="T">The type of the result, which makes the response. It never holds a secret.</typeparam>
/// <param name="RequestHash">The hash of the request.</param>
/// <param name="Id">The id of what the request makes, chosen before, so that a second try makes the same thing; null where state and row commit together.</param>
/// <param name="At">When the request had its effect, or began.</param>
/// <param name="Result">The result; null if unknown so far.</param>
public sealed record IdempotencyRow<T>(string RequestHash, Guid? Id, DateTimeOffset At, T? Result)
    where T : class;
