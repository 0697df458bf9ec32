namespace McpFunctions.Functions.Recovery;

/// <summary>The progress of one type of event in a <see cref="ReplayJob"/>. Each app writes the types whose functions it has enabled.</summary>
public sealed record ReplayProgress
{
    /// <summary>Identifies the job.</summary>
    public required string JobId { get; init; }

    /// <summary>The consumer.</summary>
    public required string Consumer { get; init; }

    /// <summary>The type of event.</summary>
    public required string Type { get; init; }

    /// <summary><c>running</c>, <c>paused</c>, <c>done</c> or <c>cancelled</c>.</summary>
    public required string Status { get; init; }

    /// <summary>Its position in the log; null at the beginning.</summary>
    public string? Cursor { get; init; }

    /// <summary>The number of matching events.</summary>
    public long Matched { get; init; }

    /// <summary>The number of events that the consumer handled.</summary>
    public long Delivered { get; init; }

    /// <summary>The number of events that became dead letters.</summary>
    public long Failed { get; init; }

    /// <summary>The number of starts of the next step since the last finished step.</summary>
    public int Attempts { get; init; }

    /// <summary>The number of next log lines to handle one by one, since one of them may kill the process.</summary>
    public int Isolated { get; init; }

    /// <summary>The version of the row.</summary>
    public string ETag { get; init; } = "";

    /// <summary>Whether an app has begun with this type.</summary>
    internal bool HasBegun => Cursor is not null || Attempts > 0 || Isolated > 0 || Status != ReplayJobs.Running;
}
