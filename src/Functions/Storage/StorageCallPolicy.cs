using System.Globalization;
using Azure.Core;
using Azure.Core.Pipeline;
using McpFunctions.Functions.Telemetry;

namespace McpFunctions.Functions.Storage;

/// <summary>
/// Makes the client span and the duration of each call of a storage client, with its retries. The spans of the SDK itself are behind an experimental
/// switch, name no table, and the URLs in them hold keys.
/// </summary>
/// <param name="system">The kind of storage.</param>
/// <param name="name">The table or container.</param>
internal sealed class StorageCallPolicy(string system, string name) : HttpPipelinePolicy
{
    /// <summary>Azure Tables.</summary>
    public const string Tables = "azure.table";

    /// <summary>Azure Blobs.</summary>
    public const string Blobs = "azure.blob";

    /// <inheritdoc/>
    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        using DependencyCall? call = Begin(message.Request);
        try
        {
            ProcessNext(message, pipeline);
            Note(call, message);
        }
        catch (Exception exception) when (call is not null)
        {
            call.Fail(exception.GetType().FullName!);
            throw;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        using DependencyCall? call = Begin(message.Request);
        try
        {
            await ProcessNextAsync(message, pipeline);
            Note(call, message);
        }
        catch (Exception exception) when (call is not null)
        {
            call.Fail(exception.GetType().FullName!);
            throw;
        }
    }

    private DependencyCall? Begin(Request request) =>
        DependencyCall.Begin(system, OperationOf(request), ("db.collection.name", name), request.Uri.Host ?? "", request.Uri.Port);

    // A row that is not there or has changed is a response, and no failure.
    private static void Note(DependencyCall? call, HttpMessage message)
    {
        if (call is not null && message is { HasResponse: true, Response.Status: >= 400 and not (404 or 409 or 412) } && message.Response.Status is var status)
        {
            call.Fail(status.ToString(CultureInfo.InvariantCulture), status.ToString(CultureInfo.InvariantCulture));
        }
    }

    private string OperationOf(Request request) => request.Method.Method switch
    {
        "POST" when request.Uri.Path.EndsWith("$batch", StringComparison.Ordinal) => "transaction",
        "POST" when request.Uri.Path.EndsWith("/Tables", StringComparison.Ordinal) => "create",
        "POST" => "insert",
        "PUT" when request.Uri.Query.Contains("restype=container", StringComparison.Ordinal) => "create",
        "PUT" when system == Blobs => "put",
        "PUT" or "PATCH" or "MERGE" => "update",
        "DELETE" => "delete",
        // A row is named by its keys; "()" and a missing name are queries.
        "GET" when request.Uri.Path.EndsWith("()", StringComparison.Ordinal) => "query",
        "GET" => "get",
        var other => other.ToLowerInvariant(),
    };
}
