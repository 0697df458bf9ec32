namespace McpFunctions.Domain.Events;

/// <summary>The problems of an event's fields, without its content.</summary>
internal sealed class EventProblems
{
    private readonly List<string> missing = [];
    private readonly List<string> others = [];

    /// <summary>Notes that a required field is missing.</summary>
    public void AddMissing(string field) => missing.Add(field);

    /// <summary>Notes another problem.</summary>
    public void Add(string problem) => others.Add(problem);

    /// <summary>All findings in one line; empty if there are none.</summary>
    public override string ToString() => string.Join("; ", missing.Count == 0 ? others : [$"missing fields: {string.Join(", ", missing)}", .. others]);
}
