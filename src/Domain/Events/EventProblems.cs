namespace McpFunctions.Domain.Events;

/// <summary>The problems of an event's fields, without its content.</summary>
internal sealed class EventProblems
{
    private List<string>? missing;
    private List<string>? others;

    /// <summary>Whether nothing was found.</summary>
    public bool AreNone => missing is null && others is null;

    /// <summary>Notes that a required field is missing.</summary>
    public void AddMissing(string field) => (missing ??= []).Add(field);

    /// <summary>Notes another problem.</summary>
    public void Add(string problem) => (others ??= []).Add(problem);

    /// <summary>All findings in one line; empty if there are none.</summary>
    public override string ToString() => missing is null ? string.Join("; ", others ?? [])
        : string.Join("; ", [$"missing fields: {string.Join(", ", missing)}", .. others ?? []]);
}
