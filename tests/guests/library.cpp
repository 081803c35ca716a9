// The C++ library: streams, containers, strings, virtual calls, 64-bit and floating-point arithmetic.
// expect: fig 1
// expect: lime 2
// expect: pear 3
// expect: circle 12.566, square 9
// expect: 2432902008176640000
#include <algorithm>
#include <cstdint>
#include <iomanip>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

struct Shape {
  virtual ~Shape() = default;
  virtual double area() const = 0;
};
struct Circle : Shape {
  double area() const override { return 3.14159265358979 * 4; }
};
struct Square : Shape {
  double area() const override { return 9; }
};

int main() {
  std::map<std::string, int> counts;
  std::istringstream words("pear lime fig pear lime pear");
  for (std::string word; words >> word;) ++counts[word];
  for (const auto& [word, count] : counts) std::cout << word << ' ' << count << '\n';

  std::vector<std::unique_ptr<Shape>> shapes;
  shapes.push_back(std::make_unique<Square>());
  shapes.push_back(std::make_unique<Circle>());
  std::sort(shapes.begin(), shapes.end(), [](const auto& a, const auto& b) { return a->area() > b->area(); });
  std::cout << "circle " << std::setprecision(5) << shapes[0]->area() << ", square " << shapes[1]->area() << '\n';

  std::vector<int64_t> factors(20);
  std::iota(factors.begin(), factors.end(), 1);
  std::cout << std::accumulate(factors.begin(), factors.end(), int64_t{1}, std::multiplies<>()) << std::endl;
}
