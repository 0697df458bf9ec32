using System.Text.Json;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Http;
using Microsoft.Extensions.Logging;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpFunctions.Functions.Mcp;

/// <summary>The gateway as a server of the protocol: its name, its capabilities and its handlers.</summary>
public sealed class McpProtocol
{
    private readonly ExceptionProblems problems;

    /// <summary>Combines the handlers.</summary>
    /// <param name="tools">The tools.</param>
    /// <param name="subscriptions">The subscriptions.</param>
    /// <param name="logger">Logs failures of the gateway.</param>
    internal McpProtocol(McpToolCalls tools, McpSubscriptions subscriptions, ILogger<McpProtocol> logger)
    {
        problems = new ExceptionProblems(logger);
        Options = new McpServerOptions
        {
            ServerInfo = new Implementation { Name = "mcpfunctions", Title = "MCP gateway", Version = DocumentText.Version },
            ServerInstructions = "The gateway keeps files, commands and workflows, and publishes an event for every change. "
                + "Start a command before the work and complete or fail it afterwards. An error is a problem (RFC 9457): its detail says what to do.",
            ScopeRequests = false,
            Capabilities = new ServerCapabilities
            {
                Tools = new ToolsCapability(),
                Prompts = new PromptsCapability(),
                Resources = new ResourcesCapability { Subscribe = true, ListChanged = true },
            },
            Handlers = new McpServerHandlers
            {
                ListToolsHandler = tools.ListAsync,
                CallToolHandler = tools.CallAsync,
                ListResourcesHandler = McpResources.ListAsync,
                ListResourceTemplatesHandler = McpResources.ListTemplatesAsync,
                ReadResourceHandler = McpResources.ReadAsync,
                ListPromptsHandler = McpPrompts.ListAsync,
                GetPromptHandler = McpPrompts.GetAsync,
                SubscribeToResourcesHandler = McpSubscriptions.SubscribeAsync,
                UnsubscribeFromResourcesHandler = McpSubscriptions.UnsubscribeAsync,
                SubscriptionsListenHandler = subscriptions.ListenAsync,
            },
        };
        Options.Filters.Message.IncomingFilters.Add(next => (context, cancellationToken) => GuardedAsync(next, context, cancellationToken));
    }

    /// <summary>The options of each request's server.</summary>
    internal McpServerOptions Options { get; }

    // Without it the SDK would answer "An error occurred." to parameters of the wrong form.
    private async Task GuardedAsync(McpMessageHandler next, MessageContext context, CancellationToken cancellationToken)
    {
        try
        {
            await next(context, cancellationToken);
        }
        catch (JsonException)
        {
            throw new McpProtocolException("The parameters of the method do not have the expected form.", McpErrorCode.InvalidParams);
        }
        catch (Exception exception) when (exception is not McpException && (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested))
        {
            throw McpCall.ErrorOf(problems.Of(exception, cancellationToken.IsCancellationRequested), context);
        }
    }
}
