using System.Text.Json;
using McpFunctions.Local.FunctionsProtocol;
using Status = McpFunctions.Local.FunctionsProtocol.StatusResult.Types.Status;

namespace McpFunctions.FunctionsHost.Tests.Worker;

public sealed class InvocationTests(ReadyWorker worker) : IClassFixture<ReadyWorker>
{
    private const string TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Fact]
    public async Task Five_hundred_invocations_run_at_once_and_each_gets_its_own_answer()
    {
        // None can end before all have begun: they all wait for the last one to be logged.
        var hanging = Enumerable.Range(0, 500).Select(_ => worker.Host.HttpInvocation("Hang")).ToArray();
        var ids = hanging.Select(invocation => invocation.InvocationId).ToHashSet();
        var responses = hanging.Select(worker.Host.InvokeAsync).ToArray();

        foreach (var id in ids)
            await worker.Host.LogAsync(log => log.InvocationId == id && log.Message == "Hanging.");
        Assert.DoesNotContain(responses, response => response.IsCompleted);

        foreach (var id in ids)
            worker.Host.Tell(new() { InvocationCancel = new() { InvocationId = id } });
        Assert.Equal(ids, (await Task.WhenAll(responses)).Select(response => response.InvocationId).ToHashSet());
    }

    [Fact]
    public async Task Five_hundred_short_invocations_are_answered_with_their_own_values()
    {
        var responses = await Task.WhenAll(Enumerable.Range(0, 500).Select(i =>
            worker.Host.InvokeHttpAsync("Wait", HttpTests.Get(("milliseconds", $"{i % 10}")))));

        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"{i % 10}"), responses.Select(response => response.ReturnValue.String));
    }

    [Fact]
    public async Task A_cancellation_reaches_the_function()
    {
        var invocation = worker.Host.HttpInvocation("Hang");
        var response = worker.Host.InvokeAsync(invocation);
        await worker.Host.LogAsync(log => log.InvocationId == invocation.InvocationId && log.Message == "Hanging.");

        worker.Host.Tell(new() { InvocationCancel = new() { InvocationId = invocation.InvocationId } });

        var result = (await response).Result;
        await worker.Host.LogAsync(log => log.InvocationId == invocation.InvocationId && log.Message == "Canceled.");
        Assert.Equal(Status.Failure, result.Status);
        Assert.Equal("System.Threading.Tasks.TaskCanceledException", result.Exception.Type);
    }

    [Fact]
    public async Task A_cancellation_that_follows_its_invocation_at_once_is_not_lost()
    {
        var invocations = Enumerable.Range(0, 100).Select(_ => worker.Host.HttpInvocation("Hang")).ToArray();

        var responses = invocations.Select(invocation =>
        {
            var response = worker.Host.InvokeAsync(invocation);
            worker.Host.Tell(new() { InvocationCancel = new() { InvocationId = invocation.InvocationId } });
            return response;
        }).ToArray();

        Assert.All(
            await Task.WhenAll(responses),
            response => Assert.Equal("System.Threading.Tasks.TaskCanceledException", response.Result.Exception.Type));
    }

    [Fact]
    public async Task A_function_that_does_not_care_is_not_ended_by_a_cancellation()
    {
        var invocation = worker.Host.HttpInvocation("HangForever");
        var response = worker.Host.InvokeAsync(invocation);
        await worker.Host.LogAsync(log => log.InvocationId == invocation.InvocationId);

        worker.Host.Tell(new() { InvocationCancel = new() { InvocationId = invocation.InvocationId } });
        await worker.Host.RequestAsync("Echo");

        Assert.False(response.IsCompleted);
    }

    [Theory]
    [InlineData("Throw", "System.InvalidOperationException", "The function threw.")]
    [InlineData("ThrowLater", "System.FormatException", "The function threw later.")]
    public async Task An_exception_is_told_with_its_type_message_and_stack(string function, string type, string message)
    {
        var response = await worker.Host.InvokeHttpAsync(function);

        Assert.Equal(Status.Failure, response.Result.Status);
        Assert.Null(response.ReturnValue);
        var exception = response.Result.Exception;
        Assert.Equal((type, message), (exception.Type, exception.Message));
        Assert.True(exception.IsUserException);
        Assert.Equal("McpFunctions.SampleApp", exception.Source);
        Assert.Contains($"FailureFunctions.{function}", exception.StackTrace, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancellation_inside_another_exception_counts_as_canceled() =>
        Assert.Equal(Status.Cancelled, (await worker.Host.InvokeHttpAsync("ThrowCanceled")).Result.Status);

    [Fact]
    public async Task An_exception_is_logged_with_its_invocation()
    {
        var invocation = worker.Host.HttpInvocation("Throw");
        await worker.Host.InvokeAsync(invocation);

        var log = await worker.Host.LogAsync(log => log.InvocationId == invocation.InvocationId && log.Level == RpcLog.Types.Level.Error);

        Assert.Equal(
            $"Function 'Throw', Invocation id '{invocation.InvocationId}': An exception was thrown by the invocation.", log.Message);
        Assert.Equal(RpcLog.Types.RpcLogCategory.System, log.LogCategory);
        Assert.Contains("The function threw.", log.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_function_that_is_not_loaded_cannot_be_invoked()
    {
        var invocation = worker.Host.HttpInvocation("Echo");
        invocation.FunctionId = "unknown";

        var result = (await worker.Host.InvokeAsync(invocation)).Result;

        Assert.Equal(Status.Failure, result.Status);
        Assert.Contains("'unknown' is not loaded", result.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_invocation_has_a_scope_of_its_own_that_ends_with_it()
    {
        var first = HttpTests.Json(await worker.Host.RequestAsync("Scope"));
        var second = HttpTests.Json(await worker.Host.RequestAsync("Scope"));

        Assert.True(first.GetProperty("Same").GetBoolean());
        Assert.True(second.GetProperty("Same").GetBoolean());
        Assert.NotEqual(first.GetProperty("Id").GetGuid(), second.GetProperty("Id").GetGuid());
        Assert.Equal(second.GetProperty("Created").GetInt32() - 1, second.GetProperty("Disposed").GetInt32());
    }

    [Fact]
    public async Task A_function_knows_its_invocation_and_its_definition()
    {
        var invocation = worker.Host.HttpInvocation("Context");
        invocation.RetryContext = new RetryContext { RetryCount = 1, MaxRetryCount = 3 };

        var context = HttpTests.Json((await worker.Host.InvokeAsync(invocation)).ReturnValue.Http);

        Assert.Equal(invocation.InvocationId, context.GetProperty("InvocationId").GetString());
        Assert.Equal(invocation.FunctionId, context.GetProperty("FunctionId").GetString());
        Assert.Equal("Context", context.GetProperty("Name").GetString());
        Assert.Equal("McpFunctions.SampleApp.ContextFunctions.Context", context.GetProperty("EntryPoint").GetString());
        Assert.Equal("""["request","context"]""", context.GetProperty("Parameters").GetRawText());
        Assert.Equal("""{"request":"httpTrigger"}""", context.GetProperty("InputBindings").GetRawText());
        Assert.Equal("""{"$return":"http"}""", context.GetProperty("OutputBindings").GetRawText());
        Assert.Equal("""["inline"]""", context.GetProperty("Items").GetRawText());
        Assert.Equal((1, 3), (context.GetProperty("RetryCount").GetInt32(), context.GetProperty("MaxRetryCount").GetInt32()));
    }

    [Fact]
    public async Task A_span_continues_the_hosts_trace_and_its_tags_return()
    {
        var invocation = worker.Host.HttpInvocation("Context");
        invocation.TraceContext = new RpcTraceContext { TraceParent = TraceParent, TraceState = "vendor=1" };

        var response = await worker.Host.InvokeAsync(invocation);

        var context = HttpTests.Json(response.ReturnValue.Http);
        Assert.Equal(TraceParent, context.GetProperty("TraceParent").GetString());
        Assert.Equal("vendor=1", context.GetProperty("TraceState").GetString());
        Assert.Equal(TraceParent, context.GetProperty("SpanParent").GetString());
        Assert.StartsWith("00-0af7651916cd43dd8448eb211c80319c-", context.GetProperty("Span").GetString(), StringComparison.Ordinal);
        Assert.Equal(KeyValuePair.Create("sample.tag", "set by the function"), Assert.Single(response.TraceContextAttributes));
    }

    [Fact]
    public async Task An_invocation_without_a_trace_starts_one()
    {
        var context = HttpTests.Json(await worker.Host.RequestAsync("Context"));

        Assert.Equal("", context.GetProperty("TraceParent").GetString());
        Assert.Equal(JsonValueKind.Null, context.GetProperty("SpanParent").ValueKind);
        Assert.NotNull(context.GetProperty("Span").GetString());
    }
}
