using System.Diagnostics;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace McpFunctions.SampleApp;

/// <summary>Functions that tell about their invocation.</summary>
internal sealed class ContextFunctions(ScopedService scoped, ScopeCounter scopes)
{
    [Function("Context")]
    public static async Task<HttpResponseData> Context(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "context")] HttpRequestData request, FunctionContext context)
    {
        Activity.Current?.SetTag("sample.tag", "set by the function");
        var response = request.CreateResponse();
        await response.WriteAsJsonAsync(new
        {
            context.InvocationId,
            context.FunctionId,
            context.FunctionDefinition.Name,
            context.FunctionDefinition.EntryPoint,
            Parameters = context.FunctionDefinition.Parameters.Select(parameter => parameter.Name),
            InputBindings = context.FunctionDefinition.InputBindings.ToDictionary(binding => binding.Key, binding => binding.Value.Type),
            OutputBindings = context.FunctionDefinition.OutputBindings.ToDictionary(binding => binding.Key, binding => binding.Value.Type),
            context.TraceContext.TraceParent,
            context.TraceContext.TraceState,
            Span = Activity.Current?.Id,
            SpanParent = Activity.Current?.ParentId,
            context.RetryContext.RetryCount,
            context.RetryContext.MaxRetryCount,
            Items = context.Items.Keys.Select(key => key.ToString()),
        });
        return response;
    }

    /// <summary>Tells whether one invocation has one scope, and how many scopes are over.</summary>
    [Function("Scope")]
    public async Task<HttpResponseData> Scope(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "scope")] HttpRequestData request, FunctionContext context)
    {
        var same = context.InstanceServices.GetRequiredService<ScopedService>().Id == scoped.Id;
        var response = request.CreateResponse();
        await response.WriteAsJsonAsync(new { scoped.Id, Same = same, scopes.Created, scopes.Disposed });
        return response;
    }
}
