using System.Text.Json;
using McpFunctions.Functions.Commands;
using McpFunctions.Functions.Files;

namespace McpFunctions.Functions.Tests.Http;

public sealed class RequestJsonTests
{
    [Fact]
    public void A_field_that_is_not_known_is_refused_by_its_name()
    {
        JsonException refused = Assert.Throws<JsonException>(
            () => JsonSerializer.Deserialize("""{"output": 1, "results": 2}""", CommandJsonContext.Api.CompleteCommandRequest));

        Assert.Equal("$.results", refused.Path);
    }

    [Fact]
    public void A_whole_number_may_have_any_form_of_JSON() => Assert.Equal(3, JsonSerializer.Deserialize<long>("3e0", FileJsonContext.Api.Options));
}
