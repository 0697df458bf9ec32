using McpFunctions.Local.FunctionsProtocol;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Redis;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Azure.Functions.Worker.Metadata;
using Direction = McpFunctions.Local.FunctionsProtocol.BindingInfo.Types.Direction;
using RetryStrategy = McpFunctions.Local.FunctionsProtocol.RpcRetryOptions.Types.RetryStrategy;

namespace McpFunctions.FunctionsHost.Tests.Worker;

public sealed class MetadataTests(ReadyWorker worker) : IClassFixture<ReadyWorker>
{
    [Fact]
    public async Task An_HTTP_function_is_described_as_the_official_build_describes_it()
    {
        var function = await FunctionAsync("Echo");

        Assert.Equal("McpFunctions.SampleApp.dll", function.ScriptFile);
        Assert.Equal("McpFunctions.SampleApp.EchoFunctions.Echo", function.EntryPoint);
        Assert.Equal("dotnet-isolated", function.Language);
        Assert.False(function.IsProxy);
        Assert.Equal(KeyValuePair.Create("IsCodeless", "False"), Assert.Single(function.Properties));
        Assert.Equal(
            [
                """{"name":"request","direction":"In","type":"httpTrigger","authLevel":"Anonymous","route":"echo/{name?}","properties":{}}""",
                """{"name":"$return","direction":"Out","type":"http"}""",
            ],
            function.RawBindings);
        Assert.Equal(new BindingInfo { Type = "httpTrigger", Direction = Direction.In }, function.Bindings["request"]);
        Assert.Equal(new BindingInfo { Type = "http", Direction = Direction.Out }, function.Bindings["$return"]);
    }

    [Fact]
    public async Task A_Redis_function_is_described_as_the_official_build_describes_it()
    {
        var function = await FunctionAsync("OnText");

        Assert.Equal(
            """{"name":"message","direction":"In","type":"redisPubSubTrigger","dataType":"String","connection":"RedisConnection","channel":"sample:text","pattern":false,"properties":{}}""",
            Assert.Single(function.RawBindings));
        Assert.Equal(
            new BindingInfo { Type = "redisPubSubTrigger", Direction = Direction.In, DataType = BindingInfo.Types.DataType.String },
            Assert.Single(function.Bindings).Value);
    }

    [Theory]
    [InlineData("EchoBody", """{"name":"request","direction":"In","type":"httpTrigger","authLevel":"Anonymous","methods":["post"],"route":"body","properties":{}}""")]
    [InlineData("Unsaid", """{"name":"request","direction":"In","type":"httpTrigger","methods":["get"],"route":"auth/unsaid","properties":{}}""")]
    [InlineData("Admin", """{"name":"request","direction":"In","type":"httpTrigger","authLevel":"Admin","methods":["get"],"route":"auth/admin","properties":{}}""")]
    [InlineData("OnBytes", """{"name":"message","direction":"In","type":"redisPubSubTrigger","dataType":"Binary","connection":"RedisConnection","channel":"sample:bytes","pattern":false,"properties":{}}""")]
    [InlineData("OnEnvelope", """{"name":"envelope","direction":"In","type":"redisPubSubTrigger","connection":"RedisConnection","channel":"sample:envelope","pattern":false,"properties":{}}""")]
    [InlineData("OnPattern", """{"name":"message","direction":"In","type":"redisPubSubTrigger","dataType":"String","connection":"RedisConnection","channel":"sample:pattern:*","pattern":true,"properties":{}}""")]
    [InlineData("OnSetting", """{"name":"message","direction":"In","type":"redisPubSubTrigger","dataType":"String","connection":"RedisConnection","channel":"%SampleChannel%","pattern":false,"properties":{}}""")]
    [InlineData("EverySecond", """{"name":"timer","direction":"In","type":"timerTrigger","schedule":"* * * * * *","properties":{}}""")]
    [InlineData("AtStart", """{"name":"timer","direction":"In","type":"timerTrigger","schedule":"0 0 3 * * *","runOnStartup":true,"properties":{}}""")]
    [InlineData("OnScheduleSetting", """{"name":"timer","direction":"In","type":"timerTrigger","dataType":"String","schedule":"%SampleSchedule%","useMonitor":false,"properties":{}}""")]
    public async Task A_trigger_names_what_its_attribute_sets_and_nothing_else(string name, string expected) =>
        Assert.Equal(expected, (await FunctionAsync(name)).RawBindings[0]);

    [Theory]
    [InlineData("Text", "$return")]
    [InlineData("Object", "$return")]
    [InlineData("ObjectOfValueTask", "$return")]
    [InlineData("Outputs", "Response")]
    public async Task What_an_HTTP_function_returns_is_its_answer(string name, string binding) =>
        Assert.Equal($$"""{"name":"{{binding}}","direction":"Out","type":"http"}""", (await FunctionAsync(name)).RawBindings[1]);

    [Theory]
    [InlineData("Nothing")]
    [InlineData("NothingLater")]
    [InlineData("Hang")]
    public async Task A_function_that_returns_nothing_has_no_output(string name) =>
        Assert.Single((await FunctionAsync(name)).RawBindings);

    [Fact]
    public async Task Retry_attributes_are_told_to_the_host()
    {
        var fixedDelay = (await FunctionAsync("Retried")).RetryOptions;
        var backoff = (await FunctionAsync("RetriedSlower")).RetryOptions;

        Assert.Equal((RetryStrategy.FixedDelay, 2), (fixedDelay.RetryStrategy, fixedDelay.MaxRetryCount));
        Assert.Equal(TimeSpan.FromSeconds(1), fixedDelay.DelayInterval.ToTimeSpan());
        Assert.Equal((RetryStrategy.ExponentialBackoff, 3), (backoff.RetryStrategy, backoff.MaxRetryCount));
        Assert.Equal(TimeSpan.FromSeconds(1), backoff.MinimumInterval.ToTimeSpan());
        Assert.Equal(TimeSpan.FromSeconds(10), backoff.MaximumInterval.ToTimeSpan());
        Assert.Null((await FunctionAsync("Echo")).RetryOptions);
    }

    [Fact]
    public async Task A_function_in_a_nested_class_is_not_found() =>
        Assert.DoesNotContain((await worker.Host.DescribeAsync()).FunctionMetadataResults, function => function.Name == "NotFound");

    [Fact]
    public async Task Functions_have_ids_of_their_own_that_stay_the_same_from_start_to_start()
    {
        await using var other = await ScriptedHost.StartAsync();
        await other.StartStreamAsync();

        var first = (await worker.Host.DescribeAsync()).FunctionMetadataResults;
        var second = (await other.DescribeAsync()).FunctionMetadataResults;

        Assert.Equal(first.Select(function => function.FunctionId), second.Select(function => function.FunctionId));
        Assert.Equal(first.Count, first.Select(function => function.FunctionId).Distinct().Count());
    }

    [Fact]
    public void Output_attributes_are_bindings_of_their_own_type()
    {
        var functions = FunctionCatalog.Find([typeof(OutputFunctions)]);

        Assert.Equal(
            [
                """{"name":"request","direction":"In","type":"httpTrigger","properties":{}}""",
                """{"name":"Key","direction":"Out","type":"redis","dataType":"String","connection":"C","command":"SET","properties":{}}""",
                """{"name":"Answer","direction":"Out","type":"http"}""",
            ],
            functions[0].Bindings.Select(binding => binding.ToJson()));
        Assert.Equal(
            [
                """{"name":"timer","direction":"In","type":"timerTrigger","schedule":"%S%","properties":{}}""",
                """{"name":"value","direction":"In","type":"redis","dataType":"String","connection":"C","command":"GET k","properties":{}}""",
                """{"name":"$return","direction":"Out","type":"redis","dataType":"String","connection":"C","command":"SET","properties":{}}""",
            ],
            functions[1].Bindings.Select(binding => binding.ToJson()));
    }

    [Fact]
    public void Two_functions_of_one_name_are_an_error_that_names_both()
    {
        var error = Assert.Throws<InvalidOperationException>(() => FunctionCatalog.Find([typeof(FirstOfTwo), typeof(SecondOfTwo)]));

        Assert.Contains("'Same'", error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("FirstOfTwo.Run", error.Message, StringComparison.Ordinal);
        Assert.Contains("SecondOfTwo.Run", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_function_without_a_trigger_is_an_error()
    {
        var error = Assert.Throws<InvalidOperationException>(() => FunctionCatalog.Find([typeof(NoTrigger)]));

        Assert.Contains("'Untriggered'", error.Message, StringComparison.Ordinal);
    }

    private async Task<RpcFunctionMetadata> FunctionAsync(string name) =>
        (await worker.Host.DescribeAsync()).FunctionMetadataResults.Single(function => function.Name == name);
}

#pragma warning disable CA1822, IDE0060, SA1402 // Functions that exist to be found.

internal sealed class OutputFunctions
{
    [Function("Several")]
    public SeveralOutputs Several([HttpTrigger] HttpRequestData request) => throw new NotSupportedException();

    [Function("Tick")]
    [RedisOutput("C", "SET")]
    public string Tick([TimerTrigger("%S%")] TimerInfo timer, [RedisInput("C", "GET k")] string value) => throw new NotSupportedException();
}

internal sealed class SeveralOutputs
{
    [RedisOutput("C", "SET")]
    public string? Key { get; set; }

    [HttpResult]
    public object? Answer { get; set; }
}

internal sealed class FirstOfTwo
{
    [Function("Same")]
    public void Run([TimerTrigger("%S%")] TimerInfo timer) => throw new NotSupportedException();
}

internal sealed class SecondOfTwo
{
    [Function("same")]
    public void Run([TimerTrigger("%S%")] TimerInfo timer) => throw new NotSupportedException();
}

internal sealed class NoTrigger
{
    [Function("Untriggered")]
    public void Run(string value) => throw new NotSupportedException();
}
