namespace McpFunctions.Functions.Recovery;

/// <summary>An unfinished replay job, with some of its unfinished types.</summary>
/// <param name="Job">The job. Its counts are those of these types only.</param>
/// <param name="Types">The progress of the types.</param>
public sealed record OpenReplay(ReplayJob Job, IReadOnlyList<ReplayProgress> Types);
