using System.ComponentModel.DataAnnotations;

namespace McpFunctions.Functions.Operations;

/// <summary>The response to a retry of dead letters.</summary>
/// <param name="Matched">The number of matching dead letters.</param>
/// <param name="Delivered">The number that was handled and deleted.</param>
/// <param name="Failed">The number that failed again and stays.</param>
public sealed record RetryResponse(
    [property: Range(0, int.MaxValue)] int Matched,
    [property: Range(0, int.MaxValue)] int Delivered,
    [property: Range(0, int.MaxValue)] int Failed);
