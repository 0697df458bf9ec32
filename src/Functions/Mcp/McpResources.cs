using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using McpFunctions.Domain;
using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpFunctions.Functions.Mcp;

/// <summary>Lists and reads the resources: files, context, inbox, audit trail and dead letters. Each is read as its route is.</summary>
internal static class McpResources
{
    /// <summary>The most bytes of a file in one read.</summary>
    public const int MaxBytes = 1024 * 1024;

    private const string JsonType = "application/json";
    private const string Offset = "offset";
    private const string Length = "length";
    private const string Limit = "limit";

    private static readonly InnerFunction s_listFiles = InnerFunction.Of("ListFiles");
    private static readonly InnerFunction s_download = InnerFunction.Of("DownloadFile");

    private static readonly string s_maxLimit = PageRequest.MaxLimit.ToString(CultureInfo.InvariantCulture);
    private static readonly string[] s_paging = [Limit, "continuationToken"];

    // The resources of JSON, with the query values that they have.
    private static readonly Dictionary<string, (InnerFunction Function, string[] Query)> s_documents = new()
    {
        [ResourceAddress.Context] = (InnerFunction.Of("GetOrchestratorContext"), []),
        [ResourceAddress.Inbox] = (InnerFunction.Of("GetNotifications"), ["after"]),
        [ResourceAddress.DeadLetters] = (InnerFunction.Of("ListDeadLetters"), ["consumer", .. s_paging]),
    };

    private static readonly InnerFunction s_audit = InnerFunction.Of("GetAudit");

    private static readonly (string Kind, string Name, string Title, string Description)[] s_fixed =
    [
        (ResourceAddress.Context, "context", "Context", "Your recent files, commands, workflows and sessions, as an orchestrator sees them."),
        (ResourceAddress.Inbox, "inbox", "Inbox", "Your newest notifications, in order."),
        (ResourceAddress.DeadLetters, "dead-letters", "Dead letters", "The events that a consumer could not handle. For administrators."),
    ];

    private static readonly (InnerFunction Function, ResourceTemplate Template)[] s_templates =
    [
        (s_download, new ResourceTemplate
        {
            Name = "file",
            Title = "File",
            UriTemplate = $"{ResourceAddress.Prefix}{ResourceAddress.Files}/{{id}}{{?{Offset},{Length}}}",
            Description = "The content of a file, at most 1 MiB in one read: `length` bytes from `offset`. `_meta` has the size of the whole file.",
        }),
        (s_documents[ResourceAddress.Inbox].Function, new ResourceTemplate
        {
            Name = "inbox-after",
            Title = "Inbox after a sequence",
            UriTemplate = $"{ResourceAddress.Prefix}{ResourceAddress.Inbox}{{?after}}",
            Description = "Your notifications with a greater sequence than `after`.",
            MimeType = JsonType,
        }),
        (s_audit, new ResourceTemplate
        {
            Name = "audit",
            Title = "Audit trail",
            UriTemplate = $"{ResourceAddress.Prefix}{ResourceAddress.Audit}/{{correlationId}}{{?{string.Join(',', s_paging)}}}",
            Description = "What happened under a correlation id, newest first, 500 entries unless `limit` says less. `continuationToken` of a page reads the next. For administrators.",
            MimeType = JsonType,
        }),
        (s_documents[ResourceAddress.DeadLetters].Function, new ResourceTemplate
        {
            Name = "dead-letters-of-consumer",
            Title = "Dead letters of a consumer",
            UriTemplate = $"{ResourceAddress.Prefix}{ResourceAddress.DeadLetters}{{?consumer,{string.Join(',', s_paging)}}}",
            Description = "The events that one consumer could not handle, 50 unless `limit` says otherwise. `continuationToken` of a page reads the next. For administrators.",
            MimeType = JsonType,
        }),
    ];

    /// <summary>Lists the resources that the caller may read: first those that each user has once, then the files.</summary>
    public static async ValueTask<ListResourcesResult> ListAsync(RequestContext<ListResourcesRequestParams> context, CancellationToken cancellationToken)
    {
        HttpContext http = context.Http();
        Principal principal = http.Request.Principal();
        string? cursor = context.Params?.Cursor;
        var result = new ListResourcesResult();
        if (cursor is null)
        {
            result.Resources =
            [
                .. s_fixed.Where(each => s_documents[each.Kind].Function.Allows(principal)).Select(each => new Resource
                {
                    Uri = ResourceAddress.Of(each.Kind),
                    Name = each.Name,
                    Title = each.Title,
                    Description = each.Description,
                    MimeType = JsonType,
                }),
            ];
        }

        if (!s_listFiles.Allows(principal))
        {
            return result;
        }

        JsonElement page = (await s_listFiles.CallAsync(http, FunctionRequest.OfQuery(("continuationToken", cursor)), cancellationToken)).Json();
        foreach (JsonElement file in page.GetProperty("items").EnumerateArray())
        {
            result.Resources.Add(new Resource
            {
                Uri = ResourceAddress.Of(ResourceAddress.Files, file.GetProperty("id").GetString()),
                Name = file.GetProperty("filename").GetString()!,
                MimeType = file.GetProperty("contentType").GetString(),
                Size = file.GetProperty("size").GetInt64(),
            });
        }

        result.NextCursor = page.TryGetProperty("continuationToken", out JsonElement next) ? next.GetString() : null;
        return result;
    }

    /// <summary>Lists the templates that the caller may use.</summary>
    public static ValueTask<ListResourceTemplatesResult> ListTemplatesAsync(
        RequestContext<ListResourceTemplatesRequestParams> context, CancellationToken cancellationToken) => ValueTask.FromResult(new ListResourceTemplatesResult
        {
            ResourceTemplates = [.. s_templates.Where(each => each.Function.Allows(context.Http().Request.Principal())).Select(each => each.Template)],
        });

    /// <summary>Reads a resource.</summary>
    /// <exception cref="ProblemException">It is not there, or the caller may not read it.</exception>
    public static async ValueTask<ReadResourceResult> ReadAsync(RequestContext<ReadResourceRequestParams> context, CancellationToken cancellationToken) =>
        new() { Contents = [await ReadAsync(context.Http(), ResourceAddress.Parse(context.Params?.Uri), cancellationToken)] };

    /// <summary>Reads a resource.</summary>
    /// <exception cref="ProblemException">It is not there, or the caller may not read it.</exception>
    public static Task<ResourceContents> ReadAsync(HttpContext http, ResourceAddress address, CancellationToken cancellationToken) => address switch
    {
        { Kind: ResourceAddress.Files, Id: { } id } => ReadFileAsync(http, address, id, cancellationToken),
        { Kind: ResourceAddress.Audit, Id: { } correlationId } =>
            ReadJsonAsync(http, address, s_audit, s_paging, [("correlationId", correlationId), (Limit, address.Value(Limit) ?? s_maxLimit)], cancellationToken),
        { Id: null } when s_documents.TryGetValue(address.Kind, out var document) => ReadJsonAsync(http, address, document.Function, document.Query, [], cancellationToken),
        _ => throw ResourceAddress.NotThere(),
    };

    /// <summary>Checks that a client may subscribe to a resource: its own files, context or inbox.</summary>
    /// <exception cref="ProblemException">It may not.</exception>
    public static void CheckSubscribable(Principal principal, ResourceAddress address)
    {
        InnerFunction function = address switch
        {
            { Kind: ResourceAddress.Files, Id: not null } => s_download,
            { Kind: ResourceAddress.Context or ResourceAddress.Inbox, Id: null } => s_documents[address.Kind].Function,
            _ => throw ResourceAddress.NotThere(),
        };
        function.CheckAccess(principal);
    }

    /// <summary>Whether a caller may read resources of a kind.</summary>
    public static bool Allows(Principal principal, string kind) => (kind == ResourceAddress.Files ? s_download : s_documents[kind].Function).Allows(principal);

    private static async Task<ResourceContents> ReadJsonAsync(
        HttpContext http, ResourceAddress address, InnerFunction function, string[] query, (string Name, string? Value)[] values, CancellationToken cancellationToken)
    {
        address.AllowOnly(query);
        (string Name, string? Value)[] asked = [.. values, .. query.Select(name => (name, address.Value(name)))];
        FunctionResponse response = await function.CallAsync(http, FunctionRequest.OfQuery([.. asked.DistinctBy(each => each.Name)]), cancellationToken);
        return new TextResourceContents { Uri = address.Text, MimeType = JsonType, Text = Encoding.UTF8.GetString(response.Body) };
    }

    private static async Task<ResourceContents> ReadFileAsync(HttpContext http, ResourceAddress address, string id, CancellationToken cancellationToken)
    {
        address.AllowOnly(Offset, Length);
        long offset = address.Number(Offset, 0, long.MaxValue / 2) ?? 0;
        long length = address.Number(Length, 1, MaxBytes) ?? MaxBytes;
        string range = string.Create(CultureInfo.InvariantCulture, $"bytes={offset}-{offset + length - 1}");
        FunctionRequest request = FunctionRequest.OfId(id) with { Headers = new Dictionary<string, string> { [HeaderNames.Range] = range } };
        FunctionResponse response;
        try
        {
            response = await s_download.CallAsync(http, request, cancellationToken);
        }
        catch (ProblemException empty) when (empty.Problem is { Status: (int)HttpStatusCode.RequestedRangeNotSatisfiable, ContentLength: 0 } && offset == 0)
        {
            // No range lies within an empty file.
            response = await s_download.CallAsync(http, FunctionRequest.OfId(id), cancellationToken);
        }

        string type = response.Headers.ContentType.ToString();
        ResourceContents contents = IsText(type) && Utf8.IsValid(response.Body)
            ? new TextResourceContents { Uri = address.Text, MimeType = type, Text = Encoding.UTF8.GetString(response.Body) }
            : BlobResourceContents.FromBytes(response.Body, address.Text, type);
        contents.Meta = new JsonObject
        {
            [Offset] = offset,
            [Length] = response.Body.Length,
            ["size"] = ContentRangeHeaderValue.TryParse(response.Headers.ContentRange.ToString(), out ContentRangeHeaderValue? sent) ? sent.Length : response.Body.Length,
            ["etag"] = response.Headers.ETag.ToString(),
        };
        return contents;
    }

    private static bool IsText(string type) =>
        MediaTypeHeaderValue.TryParse(type, out MediaTypeHeaderValue? parsed)
        && (parsed.Type.Equals("text", StringComparison.OrdinalIgnoreCase)
            || parsed.Suffix.Value is "json" or "xml" || parsed.SubType.Value is "json" or "xml" or "yaml" or "javascript");
}
