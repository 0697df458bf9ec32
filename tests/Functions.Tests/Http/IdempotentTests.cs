using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Http;

namespace McpFunctions.Functions.Tests.Http;

public sealed class IdempotentTests
{
    // Their responses hold a secret, or a repetition does no harm. A tool takes the key as its own function does.
    private static readonly string[] s_without = ["ChangePassword", "CreateStreamTicket", "Login", "Logout", "Mcp", "NegotiateNotifications", "RefreshLogin", "SetPassword"];

    [Fact]
    public void Every_POST_function_is_idempotent_or_known_not_to_be() => Assert.Equal(
        s_without,
        HttpFunction.All.Where(function => function.Method == "post" && !function.IsIdempotent).Select(function => function.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void No_other_method_takes_a_key() => Assert.DoesNotContain(HttpFunction.All, function => function.Method != "post" && function.IsIdempotent);

    [Fact]
    public void The_document_shows_the_key_where_a_function_takes_it()
    {
        var paths = OpenApiDocument.Create(GatewayFeatures.Api)["paths"]!;
        foreach (HttpFunction function in HttpFunction.All)
        {
            var operation = paths![$"/{function.Route}"]![function.Method]!;
            Assert.Equal(
                function.IsIdempotent,
                operation["parameters"]!.AsArray().Any(parameter => $"{parameter!["$ref"]}" == $"#/components/parameters/{IdempotencyKeys.Header}"));
        }
    }
}
