using System.Text.Json.Nodes;
using McpFunctions.Domain.Files;
using McpFunctions.Functions.Documentation;
using static McpFunctions.Functions.Documentation.SchemaLimits;

namespace McpFunctions.Functions.Files;

/// <summary>The limits that the documents show.</summary>
internal static class FileSchemaLimits
{
    /// <summary>The limits.</summary>
    public static SchemaLimits All { get; } = new SchemaLimits()
        .Add<RenameRequest>(nameof(RenameRequest.Filename), Text(1))
        .Add<FileRecord>(nameof(FileRecord.Id), Format("uuid"))
        .Add<FileRecord>(nameof(FileRecord.Filename), Text(1, Filename.MaxBytes))
        .Add<FileRecord>(nameof(FileRecord.Size), AtLeast(0))
        .Add<FileRecord>(nameof(FileRecord.ContentType), Text(1, FileLimits.MaxContentTypeLength))
        .Add<FileRecord>(nameof(FileRecord.Sha256), new JsonObject { ["pattern"] = "^[0-9a-f]{64}$" })
        .Add<FileRecord>(nameof(FileRecord.Version), AtLeast(1));
}
