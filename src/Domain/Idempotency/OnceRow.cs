namespace McpFunctions.Domain.Idempotency;

/// <summary>A request that had its effect, or is having it.</summary>
/// <typeparam name="T">What came of it: all that the answer is made of. It never holds a secret.</typeparam>
/// <param name="RequestHash">What was asked.</param>
/// <param name="Id">The id of what the request makes, chosen before, so that a second try makes the same thing; null where state and row commit together.</param>
/// <param name="At">When the request had its effect, or began.</param>
/// <param name="Result">What came of it; null where that is not known yet.</param>
public sealed record OnceRow<T>(string RequestHash, Guid? Id, DateTimeOffset At, T? Result)
    where T : class;
