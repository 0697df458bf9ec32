namespace McpFunctions.Bench.Measuring;

/// <summary>What a case measured.</summary>
/// <param name="Case">Its name.</param>
/// <param name="Title">What it measures.</param>
/// <param name="Rounds">The number of rounds.</param>
/// <param name="Seconds">How long it took, with the starts of its servers.</param>
/// <param name="LoadBefore">The load average when it began; null where the system does not tell.</param>
/// <param name="LoadAfter">The load average when it ended.</param>
/// <param name="Rows">The values.</param>
/// <param name="Failure">Why it could not be measured; null if it was.</param>
internal sealed record CaseResult(
    string Case, string Title, int Rounds, double Seconds, double? LoadBefore, double? LoadAfter, IReadOnlyList<Row> Rows, string? Failure);
