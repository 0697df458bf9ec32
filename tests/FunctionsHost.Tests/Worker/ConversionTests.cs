using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using McpFunctions.Local.FunctionsProtocol;

namespace McpFunctions.FunctionsHost.Tests.Worker;

public sealed class ConversionTests(ReadyWorker worker) : IClassFixture<ReadyWorker>
{
    private const string Envelope = """{"SubscriptionChannel":"sample:text","Channel":"sample:text","Message":"Grüße <'+>"}""";

    [Theory]
    [InlineData("EchoNumber", "id", "42", "42")]
    [InlineData("EchoNumber", "id", "-7", "-7")]
    [InlineData("EchoGuid", "id", "0B3F0C58-6D4C-4E22-8A35-2F6E5A6E0F11", "0b3f0c58-6d4c-4e22-8a35-2f6e5a6e0f11")]
    [InlineData("EchoPage", "page", "3", "page 3, size 20")]
    public async Task Route_values_are_converted_to_their_parameters_types(string function, string parameter, string value, string expected) =>
        Assert.Equal(expected, (await worker.Host.InvokeHttpAsync(function, HttpTests.Get((parameter, value)))).ReturnValue.String);

    [Fact]
    public async Task A_missing_optional_value_is_null_or_the_parameters_default() =>
        Assert.Equal("page none, size 20", (await worker.Host.InvokeHttpAsync("EchoPage")).ReturnValue.String);

    [Fact]
    public async Task A_missing_value_without_a_default_fails_the_invocation_and_names_the_parameter()
    {
        var exception = (await worker.Host.InvokeHttpAsync("NeedsNumber")).Result.Exception;

        Assert.Equal(
            "Error converting 1 input parameters for Function 'NeedsNumber': Could not populate the value for 'number' parameter. "
            + "Consider adding a default value or making the parameter nullable.",
            exception.Message);
    }

    [Fact]
    public async Task A_value_that_does_not_fit_fails_the_invocation_and_says_why()
    {
        var result = (await worker.Host.InvokeHttpAsync("EchoNumber", HttpTests.Get(("id", "seven")))).Result;

        Assert.Equal(StatusResult.Types.Status.Failure, result.Status);
        Assert.StartsWith(
            "Error converting 1 input parameters for Function 'EchoNumber': "
            + "Cannot convert input parameter 'id' to type 'System.Int32' from type 'System.String'. Error:System.Text.Json.JsonException",
            result.Exception.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"Name":"Ada","Age":36}""")]
    [InlineData("""{"name":"Ada","AGE":36,"more":[1]}""")]
    public async Task A_JSON_body_is_read_into_a_parameter_whatever_the_case_of_its_names(string json)
    {
        var response = await worker.Host.InvokeHttpAsync(
            "EchoPerson", HttpTests.Post(System.Text.Encoding.UTF8.GetBytes(json), "application/json; charset=utf-8"));

        Assert.Equal("Ada is 36", response.ReturnValue.String);
    }

    [Fact]
    public async Task A_body_that_is_not_JSON_is_not_read_into_an_object()
    {
        var response = await worker.Host.InvokeHttpAsync("EchoPerson", HttpTests.Post("""{"Name":"Ada","Age":36}"""u8.ToArray(), "text/plain"));

        Assert.Equal(StatusResult.Types.Status.Failure, response.Result.Status);
    }

    [Fact]
    public async Task A_Redis_message_is_given_as_text_as_it_came()
    {
        var invocation = worker.Host.Invocation("OnText", ("message", new TypedData { String = Envelope }));
        invocation.TriggerMetadata["Channel"] = new TypedData { String = "sample:text" };
        invocation.TriggerMetadata["Message"] = new TypedData { String = "Grüße <'+>" };

        var result = (await worker.Host.InvokeAsync(invocation)).Result;

        Assert.Equal(StatusResult.Types.Status.Success, result.Status);
        Assert.Equal([Envelope], await RecordedAsync("OnText"));
        Assert.Equal(["[Channel, sample:text]|[Message, Grüße <'+>]"], await RecordedAsync("OnText.BindingData"));
    }

    [Fact]
    public async Task A_Redis_message_is_given_as_bytes()
    {
        await InvokeAsync("OnBytes", "message", new TypedData { Bytes = ByteString.CopyFromUtf8(Envelope) });
        await InvokeAsync("OnBytes", "message", new TypedData { String = Envelope });

        Assert.Equal([Envelope, Envelope], await RecordedAsync("OnBytes"));
    }

    [Fact]
    public async Task A_Redis_message_is_read_into_an_object()
    {
        await InvokeAsync("OnEnvelope", "envelope", new TypedData { Json = Envelope });
        await InvokeAsync("OnEnvelope", "envelope", new TypedData { String = Envelope });

        Assert.Equal(["sample:text|sample:text|Grüße <'+>", "sample:text|sample:text|Grüße <'+>"], await RecordedAsync("OnEnvelope"));
    }

    [Fact]
    public async Task A_Redis_message_is_read_into_a_JSON_element()
    {
        await InvokeAsync("OnElement", "element", new TypedData { Json = Envelope });

        Assert.Equal(["Grüße <'+>"], await RecordedAsync("OnElement"));
    }

    [Fact]
    public async Task Middleware_can_replace_what_a_function_gets()
    {
        await InvokeAsync("OnRedacted", "message", new TypedData { String = "a secret" });

        Assert.Equal(["a ***"], await RecordedAsync("OnRedacted"));
    }

    [Fact]
    public async Task A_malformed_Redis_message_fails_its_invocation_only()
    {
        var invocation = worker.Host.Invocation("OnFailing", ("envelope", new TypedData { String = "not JSON" }));

        var result = (await worker.Host.InvokeAsync(invocation)).Result;
        await InvokeAsync("OnFailing", "envelope", new TypedData { Json = Envelope });

        Assert.Equal(StatusResult.Types.Status.Failure, result.Status);
        Assert.Equal(["Grüße <'+>"], await RecordedAsync("OnFailing"));
    }

    [Theory]
    [InlineData("""{"Schedule":{"AdjustForDST":true},"ScheduleStatus":{"Last":"2026-11-23T09:00:00+00:00","Next":"2026-11-23T09:05:00+00:00","LastUpdated":"2026-11-23T09:00:00+00:00"},"IsPastDue":true}""", "EveryInterval")]
    [InlineData("""{"Schedule":{"AdjustForDST":true},"ScheduleStatus":null,"IsPastDue":false}""", "EverySecond")]
    public async Task A_timers_state_is_read(string sent, string function)
    {
        await InvokeAsync(function, "timer", new TypedData { Json = sent });

        using var recorded = JsonDocument.Parse(Assert.Single(await RecordedAsync(function)));
        using var expected = JsonDocument.Parse(sent);
        var status = expected.RootElement.GetProperty("ScheduleStatus");
        var seen = recorded.RootElement.GetProperty("ScheduleStatus");
        Assert.Equal(expected.RootElement.GetProperty("IsPastDue").GetBoolean(), recorded.RootElement.GetProperty("IsPastDue").GetBoolean());
        Assert.Equal(status.ValueKind, seen.ValueKind);
        if (status.ValueKind == JsonValueKind.Object)
        {
            Assert.Equal(
                DateTimeOffset.Parse(status.GetProperty("Next").GetString()!, CultureInfo.InvariantCulture),
                DateTimeOffset.Parse(seen.GetProperty("Next").GetString()!, CultureInfo.InvariantCulture));
        }
    }

    private async Task InvokeAsync(string function, string parameter, TypedData data)
    {
        var response = await worker.Host.InvokeAsync(worker.Host.Invocation(function, (parameter, data)));
        Assert.Null(response.Result.Exception);
    }

    private async Task<string[]> RecordedAsync(string function) =>
        HttpTests.Json(await worker.Host.RequestAsync("Recorded", HttpTests.Get(("function", function)))).Deserialize<string[]>()!;
}
