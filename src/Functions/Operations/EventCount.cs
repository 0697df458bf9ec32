using System.ComponentModel.DataAnnotations;

namespace McpFunctions.Functions.Operations;

/// <summary>The response to <c>GET events/count</c>.</summary>
/// <param name="Count">The number of events that a replay would take, as far as they were counted.</param>
/// <param name="ContinuationToken">Counts on from here: add the next count to this one. Absent if all were counted.</param>
public sealed record EventCount([property: Range(0, int.MaxValue)] long Count, string? ContinuationToken);
