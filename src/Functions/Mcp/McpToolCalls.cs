using System.Text;
using System.Text.Json.Nodes;
using McpFunctions.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpFunctions.Functions.Mcp;

/// <summary>Lists and calls the tools.</summary>
/// <param name="descriptions">The descriptions of the tools.</param>
/// <param name="waits">Waits for the end of commands, workflows and replays.</param>
/// <param name="logger">Logs failures of the gateway.</param>
internal sealed class McpToolCalls(McpDescriptions descriptions, McpWaits waits, ILogger<McpToolCalls> logger)
{
    /// <summary>The key of a call's <c>_meta</c> that stands for the header <c>Idempotency-Key</c>, since a client has the same headers for all calls.</summary>
    public const string IdempotencyKey = "mcpfunctions.dev/idempotency-key";

    private readonly ExceptionProblems problems = new(logger);

    /// <summary>Lists the tools that the caller may use.</summary>
    public ValueTask<ListToolsResult> ListAsync(RequestContext<ListToolsRequestParams> context, CancellationToken cancellationToken) => ValueTask.FromResult(
        new ListToolsResult { Tools = [.. McpTools.AllowedTo(context.Http().Request.Principal()).Select(tool => descriptions.Tools[tool.Name])] });

    /// <summary>Calls a tool. A failure becomes an error of the tool, with the problem as its text.</summary>
    /// <exception cref="McpProtocolException">There is no such tool.</exception>
    public async ValueTask<CallToolResult> CallAsync(RequestContext<CallToolRequestParams> context, CancellationToken cancellationToken)
    {
        if (context.Params?.Name is not { } name || McpTools.Find(name) is not { } tool)
        {
            throw new McpProtocolException("There is no such tool. 'tools/list' shows all.", McpErrorCode.InvalidParams);
        }

        try
        {
            return ResultOf(await RunAsync(context, tool, cancellationToken));
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            Problem problem = problems.Of(exception, cancellationToken.IsCancellationRequested);
            return new CallToolResult { IsError = true, Content = [new TextContentBlock { Text = McpCall.JsonOf(problem).GetRawText() }] };
        }
    }

    private Task<FunctionResponse> RunAsync(RequestContext<CallToolRequestParams> context, McpTool tool, CancellationToken cancellationToken)
    {
        HttpContext http = context.Http();
        tool.Function.CheckAccess(http.Request.Principal());
        var arguments = new McpArguments(context.Params.Arguments);
        if (tool.WaitsWhile is not null)
        {
            TimeSpan timeout = arguments.TakeTimeout();
            return waits.WaitAsync(context, tool, arguments.RequestOf(tool), timeout, cancellationToken);
        }

        FunctionRequest request = arguments.RequestOf(tool);
        if (KeyOf(context, http) is { } key)
        {
            request = request with { Headers = new Dictionary<string, string>(request.Headers) { [IdempotencyKeys.Header] = key } };
        }

        return tool.Function.CallAsync(http, request, cancellationToken);
    }

    private static string? KeyOf(RequestContext<CallToolRequestParams> context, HttpContext http) =>
        context.Params.Meta?[IdempotencyKey] is not { } given ? http.Request.Header(IdempotencyKeys.Header)
        : given is JsonValue value && value.TryGetValue(out string? key) ? key
        : throw new ProblemException(Problem.Invalid(IdempotencyKey, "Send a text."));

    private static CallToolResult ResultOf(FunctionResponse response)
    {
        if (response.Body.Length == 0)
        {
            return new CallToolResult { Content = [new TextContentBlock { Text = "Done." }] };
        }

        var result = new CallToolResult
        {
            Content = [new TextContentBlock { Text = Encoding.UTF8.GetString(response.Body) }],
            StructuredContent = response.Json(),
        };
        if (response.Headers.ETag.ToString() is { Length: > 0 } etag)
        {
            result.Meta = new JsonObject { [HeaderNames.ETag.ToLowerInvariant()] = etag };
        }

        return result;
    }
}
