namespace McpFunctions.Functions.Delivery;

/// <summary>The answer to a retry of dead letters.</summary>
/// <param name="Matched">How many there were.</param>
/// <param name="Delivered">How many were handled, and are gone.</param>
/// <param name="Failed">How many failed again, and stay.</param>
public sealed record RetryAnswer(int Matched, int Delivered, int Failed);
