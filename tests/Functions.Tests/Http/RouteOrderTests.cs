using System.Reflection;
using McpFunctions.Functions.Documentation;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.Functions.Tests.Http;

public sealed class RouteOrderTests
{
    private static readonly (string Name, HttpTriggerAttribute? Trigger)[] s_functions =
    [
        .. from method in typeof(HttpFunction).Assembly.GetTypes().SelectMany(type => type.GetMethods())
           let function = method.GetCustomAttribute<FunctionAttribute>()
           where function is not null
           select (function.Name, method.GetParameters().Select(
               parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>()).FirstOrDefault(trigger => trigger is not null)),
    ];

    [Fact]
    public void Unknown_routes_have_the_last_name_of_all_since_the_host_tries_routes_in_the_order_of_names() =>
        Assert.Equal(UnknownRouteFunctions.Name, s_functions.Select(function => function.Name).Max(StringComparer.OrdinalIgnoreCase));

    [Fact]
    public void No_other_function_takes_every_method_or_every_path()
    {
        Assert.All(
            s_functions.Where(function => function.Trigger is not null && function.Name != UnknownRouteFunctions.Name),
            function =>
            {
                Assert.NotEmpty(function.Trigger!.Methods ?? []);
                Assert.DoesNotContain("*", function.Trigger.Route!, StringComparison.Ordinal);
            });
        Assert.DoesNotContain(HttpFunction.All, function => function.Name == UnknownRouteFunctions.Name);
    }

    [Theory]
    [InlineData("files", "GET,HEAD,POST")]
    [InlineData("Files/1/CONTENT", "GET,HEAD,PUT")]
    [InlineData("files/1/content/2", "")]
    [InlineData("files//content", "")]
    [InlineData("file", "")]
    [InlineData("", "")]
    public void A_path_has_the_methods_of_the_routes_that_match_it(string path, string methods) =>
        Assert.Equal(methods, string.Join(',', HttpFunction.MethodsAt(path)));
}
